//! [`RequestActor`]: the task that performs what the coordinator decides. It starts and cancels requests, undoes,
//! copies, and reports the outcome.
//!
//! It alone owns the coordinator, the undo stack and the last completion, so none of them needs a lock. What the user
//! sees goes through [`DesktopUi`].

use std::sync::Arc;

use pounce_engine::{CancelToken, Mode};
use pounce_service::{Deadline, TimeLimits};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::coordinator::{Action, Coordinator, RequestId};
use super::desktop_ui::{DesktopUi, RequestSettings, RequestState};
use super::notice::Notice;
use super::read_ahead;
use super::report::{Outcome, RequestReport};
use super::runner::{self, Completer, Job};
use super::trigger::Trigger;
use crate::clipboard::backend::ClipboardBackend;
use crate::clipboard::content::Snapshot;
use crate::clipboard::error::Refusal;
use crate::clipboard::paste::Paster;
use crate::clipboard::rules;
use crate::clipboard::thread::Clipboard;
use crate::clipboard::undo::{Replacement, UndoStack};

/// What the actor is sent.
#[derive(Debug)]
pub(crate) enum Message {
    /// The user asks for something.
    Asked(Trigger),
    /// Another program has copied something, or a model has become ready to read the clipboard ahead.
    Copied,
    /// A request has ended.
    Ended(Box<RequestReport>),
    /// End, once the running request has been cancelled.
    Stop,
}

/// The actor's state.
pub(crate) struct RequestActor<C, U, P> {
    completer: Arc<C>,
    ui: Arc<U>,
    paster: P,
    clipboard: Arc<Clipboard>,
    /// Where the runner reports the end of a request.
    inbox: mpsc::UnboundedSender<Message>,
    coordinator: Coordinator,
    undo: UndoStack,
    /// The last completion as bare code; `None` before the first.
    last: Option<String>,
    running: Option<Running>,
    /// The task that reads the last copy ahead; it may have ended.
    reading: Option<JoinHandle<()>>,
}

struct Running {
    id: RequestId,
    cancel: CancelToken,
    limits: TimeLimits,
}

impl<C: Completer, U: DesktopUi, P: Paster + Clone + 'static> RequestActor<C, U, P> {
    /// An idle actor that is sent messages through `inbox`; [`Self::run`] takes its other end.
    pub(crate) fn new(
        completer: Arc<C>,
        ui: Arc<U>,
        paster: P,
        clipboard: Arc<Clipboard>,
        inbox: mpsc::UnboundedSender<Message>,
    ) -> Self {
        Self {
            completer,
            ui,
            paster,
            clipboard,
            inbox,
            coordinator: Coordinator::default(),
            undo: UndoStack::default(),
            last: None,
            running: None,
            reading: None,
        }
    }

    /// Handles messages until [`Message::Stop`], then waits for the running request to end: a paste that is under way
    /// puts the old clipboard back first.
    pub(crate) async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        loop {
            let message = tokio::select! {
                message = messages.recv() => message,
                () = self.undo.expire() => {
                    self.draw();
                    continue;
                }
            };
            match message {
                Some(Message::Asked(trigger)) => {
                    let actions = self.coordinator.ask(trigger);
                    self.perform(actions).await;
                }
                Some(Message::Copied) => self.read_ahead().await,
                Some(Message::Ended(report)) => self.end(*report).await,
                Some(Message::Stop) | None => break,
            }
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

    async fn perform(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Start { id, mode, trigger } => self.start(id, mode, trigger),
                Action::Cancel(_) => self.cancel(),
                Action::TellPaused => self.ui.notify(Notice::paused()),
                Action::ReleaseHotkeys(is_released) => self.release_hotkeys(is_released),
                Action::Undo => self.undo().await,
                Action::CopyLast => self.copy_last().await,
                Action::Redraw => self.draw(),
            }
        }
    }

    /// Gives the hotkeys back when the user pauses the app, which then keeps no old clipboard either; or takes them again.
    fn release_hotkeys(&mut self, is_released: bool) {
        if is_released {
            self.undo.clear();
        }
        self.ui.release_hotkeys(is_released);
    }

    fn start(&mut self, id: RequestId, mode: Option<Mode>, trigger: Trigger) {
        let Trigger { at, window, .. } = trigger;
        let RequestSettings { mode: usual, behaviour, limits, .. } = self.ui.settings();
        let mode = mode.unwrap_or(usual);
        let cancel = CancelToken::new();
        self.running = Some(Running { id, cancel: cancel.clone(), limits });
        let deadline = Deadline::counted_from(at, limits);
        self.spawn(Job { id, mode, at, deadline, behaviour, window, cancel });
    }

    fn spawn(&self, job: Job) {
        let (id, mode) = (job.id, job.mode);
        let (completer, clipboard, paster) =
            (self.completer.clone(), self.clipboard.clone(), self.paster.clone());
        let work = async move { runner::run(job, &*completer, &clipboard, paster).await };
        let inbox = self.inbox.clone();
        tokio::spawn(async move {
            // A request that panics still ends, or the tray would show it forever.
            let report =
                tokio::spawn(work).await.unwrap_or_else(|_| RequestReport::failed(id, mode));
            // The receiver is gone once the app ends.
            let _ = inbox.send(Message::Ended(Box::new(report)));
        });
    }

    /// Reads the newest copy ahead if nothing else is to do. A request that comes meanwhile stops the reading, or waits
    /// for it if it is for the same code: the service decides which.
    async fn read_ahead(&mut self) {
        self.stop_reading().await;
        let is_idle = !self.coordinator.is_paused() && !self.coordinator.is_working();
        if is_idle && self.ui.settings().reads_ahead {
            let (completer, clipboard) = (self.completer.clone(), self.clipboard.clone());
            let work = async move { read_ahead::read_ahead(&*completer, &clipboard).await };
            self.reading = Some(tokio::spawn(work));
        }
    }

    /// Aborts the reading ahead and waits until it has let go of the clipboard.
    async fn stop_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.abort();
            let _ = reading.await;
        }
    }

    fn cancel(&self) {
        if let Some(running) = &self.running {
            running.cancel.cancel();
        }
    }

    async fn end(&mut self, report: RequestReport) {
        let Some(running) = self.running.take_if(|running| running.id == report.id) else { return };
        if let Some(written) = &report.written {
            self.undo.push(written.clone());
        }
        if !report.bare.is_empty() {
            self.last = Some(report.bare.clone());
        }
        if report.outcome != Outcome::Cancelled || report.completion.is_some() {
            self.ui.ended(&report, running.limits);
        }
        self.ui.notify(Notice::of(&report));
        let actions = self.coordinator.end(report.id);
        self.perform(actions).await;
    }

    async fn undo(&mut self) {
        let Some(last) = self.undo.last().cloned() else { return };
        let replace = move |backend: &mut dyn ClipboardBackend| {
            rules::replace(backend, &last.after, &last.before)
        };
        let result = self.clipboard.run(replace).await;
        let result = result.unwrap_or_else(|error| Err(Refusal::Unusable(error)));
        // Content that another program has copied since will not go away: the next undo is for the write before.
        if matches!(result, Ok(()) | Err(Refusal::Changed)) {
            self.undo.pop();
        }
        self.ui.notify(Notice::of_undo(&result));
        self.draw();
    }

    /// Replaces the clipboard's content, as any program's copy command does. Text can be restored by undo.
    async fn copy_last(&mut self) {
        let Some(last) = self.last.clone() else { return };
        let copy = move |backend: &mut dyn ClipboardBackend| {
            let before = rules::read(backend).ok();
            let after = Snapshot::text(last);
            rules::write(backend, &after)?;
            Ok(before.map(|before| Replacement { before, after }))
        };
        let result = self.clipboard.run(copy).await.map_err(Refusal::Unusable).flatten();
        if let Ok(Some(replacement)) = &result {
            self.undo.push(replacement.clone());
        }
        self.ui.notify(Notice::of_copy(&result.map(drop)));
        self.draw();
    }

    fn draw(&self) {
        self.ui.draw(RequestState {
            is_working: self.coordinator.is_completing(),
            is_paused: self.coordinator.is_paused(),
            has_last: self.last.is_some(),
            can_undo: !self.undo.is_empty(),
        });
    }
}

#[cfg(test)]
mod tests;
