//! What the user sees of requests, on a clipboard in memory and with a scripted completer.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pounce_cli::Verb;
use pounce_service::settings::{ClipboardBehaviour, SnippetSource};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::clipboard::memory::MemoryBackend;
use crate::request::candidate_list::CandidateList;
use crate::request::cursor_markers::CursorMarkers;
use crate::request::test_doubles::{ScriptedCompleter, ScriptedPaster};
use crate::ui_language::UiLanguage;

/// Records what the user would see, and wakes the test after each entry.
#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<Seen>>,
    /// The mode of the settings.
    mode: Mutex<Mode>,
    reads_ahead: Mutex<bool>,
    /// The candidates that were drawn last.
    listed: Mutex<CandidateList>,
    changed: Notify,
}

#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Notice(String),
    Drawn(RequestState),
    HotkeysReleased(bool),
    Ended(Outcome),
}

impl Recorder {
    fn push(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
        self.changed.notify_one();
    }
}

impl DesktopUi for Recorder {
    fn language(&self) -> UiLanguage {
        UiLanguage::En
    }

    fn settings(&self) -> RequestSettings {
        RequestSettings {
            mode: *self.mode.lock().unwrap(),
            source: SnippetSource::Newer,
            markers: CursorMarkers::default(),
            behaviour: ClipboardBehaviour::Append,
            paste_keys: Vec::new(),
            limits: TimeLimits::default(),
            reads_ahead: *self.reads_ahead.lock().unwrap(),
        }
    }

    fn notify(&self, notice: Notice) {
        // Durations differ from run to run.
        self.push(Seen::Notice(notice.summary.split(" in ").next().unwrap_or_default().to_owned()));
    }

    fn draw(&self, view: RequestState) {
        *self.listed.lock().unwrap() = view.candidates.clone();
        self.push(Seen::Drawn(RequestState { candidates: CandidateList::default(), ..view }));
    }

    fn release_hotkeys(&self, is_released: bool) {
        self.push(Seen::HotkeysReleased(is_released));
    }

    fn ended(&self, report: &RequestReport, _: TimeLimits) {
        self.push(Seen::Ended(report.outcome.clone()));
    }
}

/// An actor at work.
struct Bench {
    ui: Arc<Recorder>,
    completer: Arc<ScriptedCompleter>,
    clipboard: Arc<Clipboard>,
    inbox: mpsc::UnboundedSender<Message>,
    task: JoinHandle<()>,
    /// Presses are a second apart, so that none is taken for a bounce.
    now: Instant,
}

impl Bench {
    fn new(text: &str, completer: ScriptedCompleter) -> Self {
        let backend = MemoryBackend::holding(Snapshot::text(text));
        let clipboard = Arc::new(Clipboard::start(move || Ok(backend.clone())).unwrap());
        let (ui, completer) = (Arc::new(Recorder::default()), Arc::new(completer));
        let (inbox, messages) = mpsc::unbounded_channel();
        let (paster, sender) = (ScriptedPaster::default(), inbox.clone());
        let actor =
            RequestActor::new(completer.clone(), ui.clone(), paster, clipboard.clone(), sender);
        Self {
            ui,
            completer,
            clipboard,
            inbox,
            task: tokio::spawn(actor.run(messages)),
            now: Instant::now(),
        }
    }

    fn send(&self, message: Message) {
        self.inbox.send(message).unwrap();
    }

    fn ask(&self, verb: Verb) {
        self.send(Message::Asked(Trigger::now(verb), None));
    }

    fn press(&mut self, mode: Option<Mode>) {
        self.now += Duration::from_secs(1);
        let verb = Verb::Complete(mode);
        self.send(Message::Asked(Trigger { verb, at: self.now, window: None }, None));
    }

    /// Waits until the user has seen `expected`.
    async fn sees(&self, expected: Seen) {
        while !self.ui.seen.lock().unwrap().contains(&expected) {
            self.ui.changed.notified().await;
        }
        self.ui.seen.lock().unwrap().clear();
    }

    /// Completes once, from press to the tray drawn idle.
    async fn complete(&mut self) {
        self.press(None);
        self.sees(Seen::Drawn(RequestState {
            has_last: true,
            can_undo: true,
            ..RequestState::default()
        }))
        .await;
    }

    /// Presses the hotkey, and waits for the notice.
    async fn press_and_see(&mut self, notice: &str) {
        self.press(None);
        self.sees(Seen::Notice(notice.into())).await;
    }

    /// Copies as another program would.
    async fn copy(&self, text: &str) {
        let copied = Snapshot::text(text);
        self.clipboard.run(move |backend| backend.write(&copied)).await.unwrap().unwrap();
    }

    fn listed(&self) -> Vec<String> {
        self.ui.listed.lock().unwrap().lines.clone()
    }

    async fn text(&self) -> String {
        self.clipboard.run(rules::read).await.unwrap().unwrap().text
    }
}

#[tokio::test]
async fn a_press_completes_the_clipboard_and_undo_restores_it() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    *bench.ui.mode.lock().unwrap() = Mode::Block;
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "completed");
    assert_eq!(
        bench.completer.requests.lock().unwrap()[0].mode,
        Mode::Block,
        "in the settings' mode"
    );
    bench.ask(Verb::Undo);
    bench.sees(Seen::Drawn(RequestState { has_last: true, ..RequestState::default() })).await;
    assert_eq!(bench.text().await, "let x = ", "restored");
}

#[tokio::test]
async fn undo_leaves_what_the_user_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.copy("something new").await;
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("Not undone".into())).await;
    assert_eq!(bench.text().await, "something new", "the newest copy is the user's");
}

#[tokio::test]
async fn the_last_completion_can_be_copied_and_that_undone() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.ask(Verb::CopyLast);
    bench.sees(Seen::Notice("The last completion is on the clipboard".into())).await;
    assert_eq!(bench.text().await, "1;", "the completion alone");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "as it was before");
}

#[tokio::test]
async fn a_second_press_cancels() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedCompleter::behind(&gate, "1;"));
    bench.press(Some(Mode::Line));
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    // Earlier, the press could end the request before it meets the gate.
    bench.completer.has_requests.notified().await;
    bench.press(Some(Mode::Line));
    // The press is in the inbox before the gate opens; a pause after it is answered proves that it was taken.
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    assert_eq!(bench.text().await, "let x = ", "nothing is written");
}

#[tokio::test]
async fn pausing_refuses_and_resuming_does_not() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::Drawn(RequestState { is_paused: true, ..RequestState::default() })).await;
    bench.press(None);
    bench.sees(Seen::Notice("Pounce is paused".into())).await;
    assert!(bench.completer.requests.lock().unwrap().is_empty(), "nothing starts");
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "resumed");
}

#[tokio::test]
async fn a_request_that_panics_ends_and_the_next_one_works() {
    let mut bench = Bench::new("panic", ScriptedCompleter::answering("1;"));
    bench.press(None);
    bench.sees(Seen::Ended(Outcome::Failed)).await;
    bench.copy("fine ").await;
    bench.complete().await;
    assert_eq!(bench.text().await, "fine 1;", "the actor goes on");
}

#[tokio::test]
async fn copies_are_read_ahead_only_if_wanted_and_idle() {
    let gate = Arc::new(Notify::new());
    let mut bench =
        Bench::new("def add(a, b):\n    return ", ScriptedCompleter::behind(&gate, "a + b"));
    bench.send(Message::Copied);
    bench.press(None);
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    *bench.ui.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.press(None);
    bench.ask(Verb::TogglePause);
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    bench.send(Message::Copied);
    bench.ask(Verb::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    let n_prepared = bench.completer.prepared.lock().unwrap().len();
    assert_eq!(n_prepared, 0, "neither while it is off, nor during a request, nor in a pause");
    bench.send(Message::Copied);
    bench.completer.has_prepared.notified().await;
}

#[tokio::test]
async fn the_newest_copy_is_read_ahead() {
    let bench = Bench::new("fn main() {\n    let x = ", ScriptedCompleter::default());
    *bench.ui.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.send(Message::Copied);
    bench.completer.has_prepared.notified().await;
    bench.send(Message::Stop);
    bench.task.await.unwrap();
    let prepared = bench.completer.prepared.lock().unwrap();
    assert_eq!(prepared[0].segments.prefix, "fn main() {\n    let x = ", "as it was copied");
}

#[tokio::test]
async fn stopping_waits_for_the_running_request() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedCompleter::behind(&gate, "1;"));
    bench.press(None);
    bench.sees(Seen::Drawn(RequestState { is_working: true, ..RequestState::default() })).await;
    bench.send(Message::Stop);
    gate.notify_one();
    bench.task.await.unwrap();
    let seen = bench.ui.seen.lock().unwrap();
    assert!(
        seen.contains(&Seen::Notice("Cancelled".into())),
        "it is cancelled and has ended: {seen:?}"
    );
}

#[tokio::test]
async fn each_mode_reaches_the_completer_unchanged() {
    for mode in [Mode::Line, Mode::Block, Mode::Free] {
        let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
        *bench.ui.mode.lock().unwrap() = mode;
        bench.complete().await;
        *bench.ui.mode.lock().unwrap() = Mode::Line;
        bench.copy("let y = ").await;
        bench.press(Some(mode));
        bench.sees(Seen::Ended(Outcome::Appended)).await;
        let requests = bench.completer.requests.lock().unwrap();
        let modes: Vec<_> = requests.iter().map(|request| request.mode).collect();
        assert_eq!(modes, [mode; 2], "the mode of the settings, then the mode of the trigger");
    }
}

#[tokio::test]
async fn a_snippet_that_would_grow_too_large_keeps_the_undo_of_the_one_before() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.copy(&"x".repeat((8 << 20) - 1)).await;
    bench.press(None);
    bench.sees(Seen::Ended(Outcome::LeftAlone(Refusal::WouldBeTooLarge))).await;
    assert_eq!(bench.text().await.len(), (8 << 20) - 1, "nothing is written");
    bench.copy("let x = 1;").await;
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "let x = ", "the write before is undone");
}

#[tokio::test(start_paused = true)]
async fn an_old_clipboard_is_forgotten_after_ten_minutes() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    let written = tokio::time::Instant::now();
    bench.sees(Seen::Drawn(RequestState { has_last: true, ..RequestState::default() })).await;
    assert_eq!(written.elapsed().as_secs(), 600, "the tray offers no undo any more");
    bench.ask(Verb::Undo);
    bench.ask(Verb::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    assert_eq!(bench.text().await, "let x = 1;", "and none is done");
    assert!(bench.listed().is_empty(), "no candidate is kept for longer");
}

#[tokio::test]
async fn pausing_forgets_the_old_clipboards() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.complete().await;
    bench.ask(Verb::SetPaused(true));
    bench
        .sees(Seen::Drawn(RequestState {
            is_paused: true,
            has_last: true,
            ..RequestState::default()
        }))
        .await;
    assert!(bench.listed().is_empty(), "nor candidates");
}

#[tokio::test]
async fn presses_go_through_the_candidates_and_one_undo_takes_all_back() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;", "3;"]));
    bench.complete().await;
    assert_eq!(bench.listed(), ["1;"], "the others are searched for once they are wanted");
    bench.press_and_see("2 of 3").await;
    assert_eq!(bench.text().await, "let x = 2;", "in place of the first");
    bench.press_and_see("3 of 3").await;
    assert_eq!(bench.listed(), ["1;", "2;", "3;"], "the tray lists them");
    bench.press_and_see("The snippet as it was").await;
    assert_eq!(bench.text().await, "let x = ");
    bench.press_and_see("1 of 3").await;
    bench.ask(Verb::Next);
    bench.sees(Seen::Notice("2 of 3".into())).await;
    assert_eq!(bench.completer.requests.lock().unwrap().len(), 2, "one search was enough");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Drawn(RequestState { has_last: true, ..RequestState::default() })).await;
    assert_eq!(bench.text().await, "let x = ", "one undo for all");
    assert!(bench.listed().is_empty(), "then the candidates are forgotten");
}

#[tokio::test]
async fn a_new_copy_or_another_mode_begins_anew() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;"]));
    bench.complete().await;
    bench.press_and_see("2 of 2").await;
    bench.copy("let y = ").await;
    bench.press_and_see("Completed").await;
    assert_eq!(bench.text().await, "let y = 1;", "of what was copied");
    bench.press(Some(Mode::Block));
    bench.sees(Seen::Notice("Completed".into())).await;
    assert_eq!(bench.text().await, "let y = 1;1;", "another mode goes on from there");
}

#[tokio::test]
async fn without_another_candidate_the_clipboard_is_left_alone() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.ask(Verb::Next);
    bench.sees(Seen::Notice("No other completion".into())).await;
    assert_eq!(bench.text().await, "let x = ", "nothing was completed yet");
    bench.complete().await;
    bench.press_and_see("No other completion").await;
    bench.press_and_see("No other completion").await;
    assert_eq!(bench.text().await, "let x = 1;", "there is no second");
    assert_eq!(bench.completer.requests.lock().unwrap().len(), 2, "which is known after a search");
}

#[tokio::test]
async fn the_next_candidate_does_not_replace_what_was_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::finding("1;", &["2;"]));
    bench.complete().await;
    bench.copy("something new").await;
    bench.ask(Verb::Next);
    bench.sees(Seen::Ended(Outcome::LeftAlone(Refusal::Changed))).await;
    assert_eq!(bench.text().await, "something new");
    bench.ask(Verb::Choose(0));
    bench.sees(Seen::Notice("1 of 1".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "but what is chosen in the menu does");
    bench.ask(Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "something new", "and undo brings it back");
}

#[tokio::test]
async fn a_search_can_be_cancelled_and_tried_again() {
    let gate = Arc::new(Notify::new());
    let mut completer = ScriptedCompleter::behind(&gate, "1;");
    completer.others = vec!["2;".into()];
    let mut bench = Bench::new("let x = ", completer);
    gate.notify_one();
    bench.complete().await;
    bench.completer.has_requests.notified().await;
    bench.press(None);
    bench.completer.has_requests.notified().await;
    bench.press(None);
    bench
        .sees(Seen::Drawn(RequestState {
            has_last: true,
            can_undo: true,
            ..RequestState::default()
        }))
        .await;
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "the first stays");
    gate.notify_one();
    bench.press_and_see("2 of 2").await;
    assert_eq!(bench.text().await, "let x = 2;");
}

#[tokio::test]
async fn a_completion_comes_when_its_model_is_loaded() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.completer.is_loading.store(true, Ordering::Relaxed);
    bench.press(None);
    bench.sees(Seen::Notice("Not ready yet".into())).await;
    bench.completer.is_loading.store(false, Ordering::Relaxed);
    bench.send(Message::ModelReady);
    bench.sees(Seen::Ended(Outcome::Appended)).await;
    assert_eq!(bench.text().await, "let x = 1;", "without another press");
}

#[tokio::test]
async fn a_late_completion_leaves_what_was_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    bench.completer.is_loading.store(true, Ordering::Relaxed);
    bench.press(None);
    bench.sees(Seen::Notice("Not ready yet".into())).await;
    bench.clipboard.run(|backend| backend.write(&Snapshot::text("new "))).await.unwrap().unwrap();
    bench.completer.is_loading.store(false, Ordering::Relaxed);
    bench.send(Message::ModelReady);
    bench.sees(Seen::Drawn(RequestState::default())).await;
    assert_eq!(bench.text().await, "new ", "the old one is not waited for any more");
    bench.complete().await;
    assert_eq!(bench.text().await, "new 1;", "the next press completes what is there");
}

/// Asks as another process does, a second after the last press.
fn ask_and_wait(bench: &mut Bench, verb: Verb) -> std::sync::mpsc::Receiver<Result<(), String>> {
    let (answer, answered) = std::sync::mpsc::channel();
    bench.now += Duration::from_secs(1);
    let trigger = Trigger { verb, at: bench.now, window: None };
    bench.send(Message::Asked(trigger, Some(answer)));
    answered
}

#[tokio::test]
async fn another_process_is_told_whether_something_was_done() {
    let mut bench = Bench::new("let x = ", ScriptedCompleter::answering("1;"));
    let answered = ask_and_wait(&mut bench, Verb::Undo);
    bench.complete().await;
    let refused = answered.recv().unwrap().unwrap_err();
    assert_eq!(refused, "there is nothing to undo", "an exit status of 1");
    let answered = ask_and_wait(&mut bench, Verb::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(answered.recv().unwrap(), Ok(()), "it was undone");
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Ended(Outcome::Appended)).await;
    assert_eq!(answered.recv().unwrap(), Ok(()), "it was completed");
    bench.clipboard.run(|backend| backend.write(&Snapshot::text(" "))).await.unwrap().unwrap();
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Notice("Not completed".into())).await;
    assert!(answered.recv().unwrap().unwrap_err().contains("empty"), "there was no code");
    bench.ask(Verb::SetPaused(true));
    let answered = ask_and_wait(&mut bench, Verb::Complete(None));
    bench.sees(Seen::Notice("Pounce is paused".into())).await;
    assert!(answered.recv().unwrap().unwrap_err().contains("paused"), "nothing starts");
}
