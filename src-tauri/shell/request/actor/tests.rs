//! What the user sees of requests, on a clipboard in memory and with a scripted service.

use std::sync::Mutex;

use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::board::MemoryBoard;
use crate::script::{ScriptedKeys, ScriptedService};

/// Records what the user would see; every entry is followed by a wake-up of the test.
#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<Seen>>,
    reads_ahead: Mutex<bool>,
    changed: Notify,
}

#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Notice(String),
    Drawn(DeskView),
    HotkeysReleased(bool),
    Ended(Outcome),
}

impl Recorder {
    fn push(&self, seen: Seen) {
        self.seen.lock().unwrap().push(seen);
        self.changed.notify_one();
    }
}

impl Face for Recorder {
    fn terms(&self) -> Terms {
        Terms {
            mode: Mode::Block,
            behaviour: ClipboardBehaviour::Append,
            limits: TimeLimits::default(),
            reads_ahead: *self.reads_ahead.lock().unwrap(),
        }
    }

    fn notify(&self, notice: Notice) {
        // Durations differ from run to run.
        self.push(Seen::Notice(notice.summary.split(" in ").next().unwrap_or_default().to_owned()));
    }

    fn draw(&self, view: DeskView) {
        self.push(Seen::Drawn(view));
    }

    fn release_hotkeys(&self, is_released: bool) {
        self.push(Seen::HotkeysReleased(is_released));
    }

    fn ended(&self, report: &Report, _: TimeLimits) {
        self.push(Seen::Ended(report.outcome.clone()));
    }
}

/// A desk at work.
struct Bench {
    face: Arc<Recorder>,
    service: Arc<ScriptedService>,
    clipboard: Arc<Clipboard>,
    inbox: mpsc::UnboundedSender<Message>,
    task: JoinHandle<()>,
    /// Presses are a second apart, so that none is taken for a bounce.
    now: Instant,
}

impl Bench {
    fn new(text: &str, service: ScriptedService) -> Self {
        let board = MemoryBoard::holding(Snapshot::text(text));
        let clipboard = Arc::new(Clipboard::start(move || Ok(board.clone())).unwrap());
        let (face, service) = (Arc::new(Recorder::default()), Arc::new(service));
        let (desk, messages) =
            Desk::new(service.clone(), face.clone(), ScriptedKeys::default(), clipboard.clone());
        let inbox = desk.inbox.clone();
        Self {
            face,
            service,
            clipboard,
            inbox,
            task: tokio::spawn(desk.run(messages)),
            now: Instant::now(),
        }
    }

    fn send(&self, message: Message) {
        self.inbox.send(message).unwrap();
    }

    fn press(&mut self, mode: Option<Mode>) {
        self.now += std::time::Duration::from_secs(1);
        self.send(Message::Trigger { mode, at: self.now, window: None });
    }

    /// Waits until the user has seen `expected`.
    async fn sees(&self, expected: Seen) {
        while !self.face.seen.lock().unwrap().contains(&expected) {
            self.face.changed.notified().await;
        }
        self.face.seen.lock().unwrap().clear();
    }

    /// Completes once, from press to the tray drawn idle.
    async fn complete(&mut self) {
        self.press(None);
        self.sees(Seen::Drawn(DeskView { has_last: true, can_undo: true, ..DeskView::default() }))
            .await;
    }

    async fn text(&self) -> String {
        self.clipboard.run(clipboard::read).await.unwrap().unwrap().text
    }
}

#[tokio::test]
async fn a_press_completes_the_clipboard_and_undo_takes_it_back() {
    let mut bench = Bench::new("let x = ", ScriptedService::answering("1;"));
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "completed");
    assert_eq!(
        bench.service.requests.lock().unwrap()[0].mode,
        pounce_engine::Mode::Block,
        "in the settings' mode"
    );
    bench.send(Message::Undo);
    bench.sees(Seen::Drawn(DeskView { has_last: true, ..DeskView::default() })).await;
    assert_eq!(bench.text().await, "let x = ", "taken back");
}

#[tokio::test]
async fn undo_leaves_what_the_user_copied_since() {
    let mut bench = Bench::new("let x = ", ScriptedService::answering("1;"));
    bench.complete().await;
    let copied = Snapshot::text("something new");
    bench.clipboard.run(move |board| board.write(&copied)).await.unwrap().unwrap();
    bench.send(Message::Undo);
    bench.sees(Seen::Notice("Not undone".into())).await;
    assert_eq!(bench.text().await, "something new", "the newest copy is the user's");
}

#[tokio::test]
async fn the_last_completion_can_be_copied_and_that_undone() {
    let mut bench = Bench::new("let x = ", ScriptedService::answering("1;"));
    bench.complete().await;
    bench.send(Message::CopyLast);
    bench.sees(Seen::Notice("The last completion is on the clipboard".into())).await;
    assert_eq!(bench.text().await, "1;", "the completion alone");
    bench.send(Message::Undo);
    bench.sees(Seen::Notice("The old clipboard is back".into())).await;
    assert_eq!(bench.text().await, "let x = 1;", "as it was before");
}

#[tokio::test]
async fn a_second_press_cancels() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedService::behind(&gate, "1;"));
    bench.press(Some(Mode::Line));
    bench.sees(Seen::Drawn(DeskView { is_working: true, ..DeskView::default() })).await;
    // Earlier, the press could end the request before it meets the gate.
    bench.service.has_requests.notified().await;
    bench.press(Some(Mode::Line));
    // The press is in the inbox before the gate opens; a pause after it is answered proves that it was taken.
    bench.send(Message::SetPaused(true));
    bench.sees(Seen::HotkeysReleased(true)).await;
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    assert_eq!(bench.text().await, "let x = ", "nothing is written");
}

#[tokio::test]
async fn pausing_refuses_and_resuming_does_not() {
    let mut bench = Bench::new("let x = ", ScriptedService::answering("1;"));
    bench.send(Message::TogglePause);
    bench.sees(Seen::Drawn(DeskView { is_paused: true, ..DeskView::default() })).await;
    bench.press(None);
    bench.sees(Seen::Notice("Pounce is paused".into())).await;
    assert!(bench.service.requests.lock().unwrap().is_empty(), "nothing starts");
    bench.send(Message::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    bench.complete().await;
    assert_eq!(bench.text().await, "let x = 1;", "resumed");
}

#[tokio::test]
async fn a_request_that_panics_ends_and_the_next_one_works() {
    let mut bench = Bench::new("panic", ScriptedService::answering("1;"));
    bench.press(None);
    bench.sees(Seen::Ended(Outcome::Failed)).await;
    bench.clipboard.run(|board| board.write(&Snapshot::text("fine "))).await.unwrap().unwrap();
    bench.complete().await;
    assert_eq!(bench.text().await, "fine 1;", "the desk goes on");
}

#[tokio::test]
async fn copies_are_read_ahead_if_the_user_wants_that_and_nothing_else_is_to_do() {
    let gate = Arc::new(Notify::new());
    let mut bench =
        Bench::new("def add(a, b):\n    return ", ScriptedService::behind(&gate, "a + b"));
    bench.send(Message::Copied);
    bench.press(None);
    bench.sees(Seen::Drawn(DeskView { is_working: true, ..DeskView::default() })).await;
    *bench.face.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.press(None);
    bench.send(Message::TogglePause);
    gate.notify_one();
    bench.sees(Seen::Notice("Cancelled".into())).await;
    bench.send(Message::Copied);
    bench.send(Message::TogglePause);
    bench.sees(Seen::HotkeysReleased(false)).await;
    let n_prepared = bench.service.prepared.lock().unwrap().len();
    assert_eq!(n_prepared, 0, "neither while it is off, nor during a request, nor in a pause");
    bench.send(Message::Copied);
    bench.service.has_prepared.notified().await;
}

#[tokio::test]
async fn the_newest_copy_is_read_ahead() {
    let bench = Bench::new("fn main() {\n    let x = ", ScriptedService::default());
    *bench.face.reads_ahead.lock().unwrap() = true;
    bench.send(Message::Copied);
    bench.send(Message::Copied);
    bench.service.has_prepared.notified().await;
    bench.send(Message::Stop);
    bench.task.await.unwrap();
    let prepared = bench.service.prepared.lock().unwrap();
    assert_eq!(prepared[0].segments.prefix, "fn main() {\n    let x = ", "as it was copied");
}

#[tokio::test]
async fn stopping_waits_for_the_running_request() {
    let gate = Arc::new(Notify::new());
    let mut bench = Bench::new("let x = ", ScriptedService::behind(&gate, "1;"));
    bench.press(None);
    bench.sees(Seen::Drawn(DeskView { is_working: true, ..DeskView::default() })).await;
    bench.send(Message::Stop);
    gate.notify_one();
    bench.task.await.unwrap();
    let seen = bench.face.seen.lock().unwrap();
    assert!(
        seen.contains(&Seen::Notice("Cancelled".into())),
        "it is cancelled and has ended: {seen:?}"
    );
}
