//! The task that does what the coordinator says: starts and cancels requests, undoes, copies, and tells the outcome.
//!
//! It alone owns the coordinator, the undo stack and the last completion, so none of them needs a lock. What the user
//! sees of it goes through [`Face`].

use std::sync::Arc;
use std::time::Instant;

use pounce_engine::CancelToken;
use pounce_service::{Deadline, TimeLimits};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::clipboard::{self, Clipboard, Refusal, Snapshot};
use crate::completer::{self, Completes, Job, Outcome, Report};
use crate::coordinator::{Action, Coordinator, Event, RequestId, Trigger};
use crate::ipc::{ClipboardBehaviour, Mode};
use crate::notice::Notice;
use crate::paste::{Keys, WindowId};
use crate::read_ahead;
use crate::undo::{Replacement, Undo};

/// What is asked of the desk.
#[derive(Debug)]
pub(crate) enum Message {
    /// A hotkey, the tray or another process asks for a completion, or to cancel the one that runs.
    Trigger {
        /// How much of it; `None` is what the settings say.
        mode: Option<Mode>,
        /// When it was asked for.
        at: Instant,
        /// The window that has to have the focus for a paste; `None` is any.
        window: Option<WindowId>,
    },
    /// Pause, or resume.
    SetPaused(bool),
    /// The other of pause and resume.
    TogglePause,
    /// Take the last write back.
    Undo,
    /// Put the last completion on the clipboard.
    CopyLast,
    /// A program has copied something, or a model has become ready to read what is there.
    Copied,
    /// A request has ended.
    Ended(Box<Report>),
    /// End, once the running request has been cancelled.
    Stop,
}

/// The settings that a request is worked on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// What is completed where nobody says.
    pub(crate) mode: Mode,
    /// What happens with the completion.
    pub(crate) behaviour: ClipboardBehaviour,
    /// By when it has to be there.
    pub(crate) limits: TimeLimits,
    /// Whether code is read as soon as it is copied.
    pub(crate) reads_ahead: bool,
}

/// What the tray shows of the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeskView {
    /// Whether a request is being worked on.
    pub(crate) is_working: bool,
    /// Whether the user paused the app.
    pub(crate) is_paused: bool,
    /// Whether a completion can be put on the clipboard again.
    pub(crate) has_last: bool,
    /// Whether a write can be taken back.
    pub(crate) can_undo: bool,
}

/// What the user sees and sets. Only giving keys back and taking them may block, for some 100 ms.
pub(crate) trait Face: Send + Sync + 'static {
    /// The settings now.
    fn terms(&self) -> Terms;
    /// Shows a notice, if the user wants notices.
    fn notify(&self, notice: Notice);
    /// Draws the tray anew.
    fn draw(&self, view: DeskView);
    /// Gives the hotkeys back, or takes them again.
    fn release_hotkeys(&self, is_released: bool);
    /// A request has ended.
    fn ended(&self, report: &Report, limits: TimeLimits);
}

/// The task's state.
pub(crate) struct Desk<C, F, K> {
    /// Who completes.
    pub(crate) service: Arc<C>,
    /// What the user sees.
    pub(crate) face: Arc<F>,
    /// Who pastes.
    pub(crate) keys: K,
    /// The clipboard.
    pub(crate) clipboard: Arc<Clipboard>,
    /// Where the work on a request reports its end.
    pub(crate) inbox: mpsc::UnboundedSender<Message>,
    coordinator: Coordinator,
    undo: Undo,
    /// The last completion as it was written.
    last: Option<String>,
    running: Option<Running>,
    /// Reads the last copy ahead; ended or not.
    reading: Option<JoinHandle<()>>,
}

struct Running {
    id: RequestId,
    cancel: CancelToken,
    limits: TimeLimits,
}

impl<C: Completes, F: Face, K: Keys + Clone + 'static> Desk<C, F, K> {
    /// A desk with nothing on it, and where to send it messages.
    pub(crate) fn new(
        service: Arc<C>,
        face: Arc<F>,
        keys: K,
        clipboard: Arc<Clipboard>,
    ) -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (inbox, messages) = mpsc::unbounded_channel();
        let coordinator = Coordinator::default();
        let desk = Self {
            service,
            face,
            keys,
            clipboard,
            inbox,
            coordinator,
            undo: Undo::default(),
            last: None,
            running: None,
            reading: None,
        };
        (desk, messages)
    }

    /// Works until [`Message::Stop`], then waits for the running request's end: a paste that is under way puts the old
    /// clipboard back first.
    pub(crate) async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        while let Some(message) = messages.recv().await {
            if matches!(message, Message::Stop) {
                break;
            }
            self.take(message).await;
        }
        self.stop_reading().await;
        self.cancel();
        while self.running.is_some() {
            match messages.recv().await {
                Some(Message::Ended(report)) => self.end(*report).await,
                Some(_) => {}
                None => break,
            }
        }
    }

    async fn take(&mut self, message: Message) {
        let event = match message {
            Message::Trigger { mode, at, window } => {
                let mode = mode.unwrap_or_else(|| self.face.terms().mode);
                Event::Trigger(Trigger { mode, at, window })
            }
            Message::SetPaused(is_paused) => Event::SetPaused(is_paused),
            Message::TogglePause => Event::SetPaused(!self.coordinator.is_paused()),
            Message::Undo => Event::Undo,
            Message::CopyLast => Event::CopyLast,
            Message::Copied => return self.read_ahead().await,
            Message::Ended(report) => return self.end(*report).await,
            Message::Stop => return,
        };
        self.step(event).await;
    }

    async fn step(&mut self, event: Event) {
        for action in self.coordinator.step(event) {
            match action {
                Action::Start { id, trigger } => self.start(id, trigger),
                Action::Cancel(_) => self.cancel(),
                Action::TellPaused => self.face.notify(Notice::paused()),
                Action::ReleaseHotkeys(is_released) => self.face.release_hotkeys(is_released),
                Action::Undo => self.take_back().await,
                Action::CopyLast => self.copy_last().await,
                Action::Redraw => self.draw(),
            }
        }
    }

    fn start(&mut self, id: RequestId, trigger: Trigger) {
        let Trigger { mode, at, window } = trigger;
        let Terms { behaviour, limits, .. } = self.face.terms();
        let cancel = CancelToken::new();
        self.running = Some(Running { id, cancel: cancel.clone(), limits });
        let deadline = Deadline::counted_from(at, limits);
        let job = Job { id, mode: mode.into(), at, deadline, behaviour, window, cancel };
        let (service, clipboard, keys) =
            (self.service.clone(), self.clipboard.clone(), self.keys.clone());
        let work = async move { completer::work(job, &*service, &clipboard, keys).await };
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            // A request that panics still ends, or the tray would show it for ever.
            let report = match tokio::spawn(work).await {
                Ok(report) => report,
                Err(_) => Report::failed(id, mode.into()),
            };
            // Nobody listens once the app ends.
            let _ = inbox.send(Message::Ended(Box::new(report)));
        });
    }

    /// Reads the newest copy, if nothing else is to do. A press that comes meanwhile stops it, or waits for it where it
    /// asks for just that: the service sees to it.
    async fn read_ahead(&mut self) {
        self.stop_reading().await;
        let is_idle = !self.coordinator.is_paused() && !self.coordinator.is_working();
        if is_idle && self.face.terms().reads_ahead {
            let (service, clipboard) = (self.service.clone(), self.clipboard.clone());
            let work = async move { read_ahead::read_ahead(&*service, &clipboard).await };
            self.reading = Some(tokio::spawn(work));
        }
    }

    async fn stop_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
            // Its share of the clipboard is gone afterwards.
            let _ = reading.await;
        }
    }

    fn cancel(&self) {
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
    }

    async fn end(&mut self, report: Report) {
        let Some(running) = self.running.take_if(|running| running.id == report.id) else { return };
        if let Some(written) = &report.written {
            self.undo.push(written.clone());
        }
        if let Some(completion) =
            report.completion.as_ref().filter(|completion| !completion.text.is_empty())
        {
            self.last = Some(completion.text.clone());
        }
        if report.outcome != Outcome::Cancelled || report.completion.is_some() {
            self.face.ended(&report, running.limits);
        }
        self.face.notify(Notice::of(&report));
        self.step_end(report.id);
    }

    fn step_end(&mut self, id: RequestId) {
        if self.coordinator.step(Event::Ended(id)).contains(&Action::Redraw) {
            self.draw();
        }
    }

    async fn take_back(&mut self) {
        let Some(last) = self.undo.last().cloned() else { return };
        let replace = move |board: &mut dyn clipboard::Board| {
            clipboard::replace(board, &last.after, &last.before)
        };
        let result = match self.clipboard.run(replace).await {
            Ok(result) => result,
            Err(error) => Err(Refusal::Board(error)),
        };
        // What changed since will not change back: the next undo is for the write before.
        if matches!(result, Ok(()) | Err(Refusal::Changed)) {
            self.undo.pop();
        }
        self.face.notify(Notice::of_undo(&result));
        self.draw();
    }

    /// As any program's copy command, this replaces what is there; if that is text, it can be taken back.
    async fn copy_last(&mut self) {
        let Some(last) = self.last.clone() else { return };
        let copy = move |board: &mut dyn clipboard::Board| {
            let before = clipboard::read(board).ok();
            let after = Snapshot::text(last);
            board.write(&after)?;
            Ok(before.map(|before| Replacement { before, after }))
        };
        let result = self.clipboard.run(copy).await.and_then(|result| result);
        if let Ok(Some(replacement)) = &result {
            self.undo.push(replacement.clone());
        }
        self.face.notify(Notice::of_copy(&result.map(drop)));
        self.draw();
    }

    fn draw(&self) {
        self.face.draw(DeskView {
            is_working: self.coordinator.is_completing(),
            is_paused: self.coordinator.is_paused(),
            has_last: self.last.is_some(),
            can_undo: !self.undo.is_empty(),
        });
    }
}

#[cfg(test)]
mod tests;
