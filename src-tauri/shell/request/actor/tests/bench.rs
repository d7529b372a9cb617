//! [`Bench`]: an actor at work, and what the user sees of it.

use pounce_service::{ModelId, Settings};

use super::*;
use crate::clipboard::backend::Replaced;
use crate::in_time::in_time;
use crate::request::improving::ImprovementLimits;

/// Records what the user would see, and wakes the test after each entry.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) seen: Mutex<Vec<Seen>>,
    /// The mode of the settings.
    pub(super) mode: Mutex<Mode>,
    pub(super) reads_ahead: Mutex<bool>,
    /// The candidates that were drawn last.
    listed: Mutex<CandidateList>,
    /// The last completions that were drawn last, newest first.
    history: Mutex<Vec<String>>,
    changed: Notify,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Notice(String),
    Drawn(RequestState),
    HotkeysReleased(bool),
    /// The index of the candidate that is chosen, of those that are shown.
    Offered(usize),
    Ended(Outcome),
    Improved {
        is_in_time: bool,
    },
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
            improvement: ImprovementLimits::of(&Settings::default().improvement),
        }
    }

    fn model_name(&self, id: &ModelId) -> String {
        id.to_string()
    }

    fn notify(&self, notice: Notice) {
        // Durations differ from run to run.
        self.push(Seen::Notice(notice.summary.split(" in ").next().unwrap_or_default().to_owned()));
    }

    fn offer(&self, candidates: Option<CandidateList>) {
        if let Some(list) = candidates {
            self.push(Seen::Offered(list.shown));
        }
    }

    fn draw(&self, view: RequestState) {
        let RequestState { is_working, is_paused, can_undo, candidates, history } = view;
        *self.listed.lock().unwrap() = candidates;
        *self.history.lock().unwrap() = history.iter().map(|it| it.text.clone()).collect();
        let flags = RequestState { is_working, is_paused, can_undo, ..RequestState::default() };
        self.push(Seen::Drawn(flags));
    }

    fn release_hotkeys(&self, is_released: bool) {
        self.push(Seen::HotkeysReleased(is_released));
    }

    fn ended(&self, report: &RequestReport, _: TimeLimits) {
        self.push(Seen::Ended(report.outcome.clone()));
    }

    fn improved(&self, is_in_time: bool) {
        self.push(Seen::Improved { is_in_time });
    }
}

/// An actor at work.
pub(super) struct Bench {
    pub(super) ui: Arc<Recorder>,
    pub(super) completer: Arc<ScriptedCompleter>,
    pub(super) clipboard: Arc<Clipboard>,
    /// What becomes of replacing what nothing has pasted.
    pub(super) readers: Arc<Mutex<Replaced>>,
    pub(super) inbox: mpsc::UnboundedSender<Message>,
    pub(super) task: JoinHandle<()>,
    /// Presses are a second apart, so that none is taken for a bounce.
    pub(super) now: Instant,
}

impl Bench {
    pub(super) fn new(text: &str, completer: ScriptedCompleter) -> Self {
        let backend = MemoryBackend::holding(Snapshot::text(text));
        let readers = backend.readers.clone();
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
            readers,
            inbox,
            task: tokio::spawn(actor.run(messages)),
            now: Instant::now(),
        }
    }

    pub(super) fn send(&self, message: Message) {
        self.inbox.send(message).unwrap();
    }

    pub(super) fn ask(&self, verb: Verb) {
        self.send(Message::Asked(Trigger::now(verb), None));
    }

    pub(super) fn press(&mut self, mode: Option<Mode>) {
        self.now += Duration::from_secs(1);
        let verb = Verb::Complete(mode);
        self.send(Message::Asked(Trigger { verb, at: self.now, window: None }, None));
    }

    /// Waits until the user has seen `expected`.
    pub(super) async fn sees(&self, expected: Seen) {
        while !self.ui.seen.lock().unwrap().contains(&expected) {
            in_time(self.ui.changed.notified()).await;
        }
        self.ui.seen.lock().unwrap().clear();
    }

    /// Waits until the user has seen anything else.
    pub(super) async fn sees_more(&self) {
        self.ui.changed.notified().await;
    }

    /// Waits for the larger model's completion, and returns whether it was in time.
    pub(super) async fn sees_improvement(&self) -> bool {
        let found = || {
            self.ui.seen.lock().unwrap().iter().find_map(|seen| match seen {
                Seen::Improved { is_in_time } => Some(*is_in_time),
                _ => None,
            })
        };
        loop {
            match found() {
                Some(is_in_time) => return is_in_time,
                None => self.sees_more().await,
            }
        }
    }

    /// Completes once, from press to the tray drawn idle.
    pub(super) async fn complete(&mut self) {
        self.press(None);
        self.sees(Seen::Drawn(RequestState { can_undo: true, ..RequestState::default() })).await;
    }

    /// Presses the hotkey, and waits for the notice.
    pub(super) async fn press_and_see(&mut self, notice: &str) {
        self.press(None);
        self.sees(Seen::Notice(notice.into())).await;
    }

    /// Copies as another program would.
    pub(super) async fn copy(&self, text: &str) {
        let copied = Snapshot::text(text);
        self.clipboard.run(move |backend| backend.write(&copied)).await.unwrap().unwrap();
    }

    pub(super) fn listed(&self) -> Vec<String> {
        self.ui.listed.lock().unwrap().lines.clone()
    }

    pub(super) fn history(&self) -> Vec<String> {
        self.ui.history.lock().unwrap().clone()
    }

    pub(super) async fn text(&self) -> String {
        self.clipboard.run(rules::read).await.unwrap().unwrap().text
    }
}
