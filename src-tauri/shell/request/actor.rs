//! [`RequestActor`]: the task that performs what the coordinator decides. It starts and cancels requests, undoes,
//! copies, and reports the outcome.
//!
//! It alone owns the coordinator, the undo stack and the last completions, so none of them needs a lock. What the user
//! sees goes through [`DesktopUi`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_cli::Verb;
use pounce_engine::{CancelToken, Mode};
use pounce_service::settings::ClipboardBehaviour;
use pounce_service::{Deadline, Improvement, TimeLimits};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::awaited::AwaitedText;
use super::completions::history::History;
use super::coordinator::{Action, Coordinator, RequestId};
use super::desktop_ui::{DesktopUi, RequestSettings, RequestState};
use super::held_keys::HeldKeys;
use super::improving::Improving;
use super::notice::Notice;
use super::read_ahead;
use super::report::{Outcome, RequestReport};
use super::runner::{self, Completer, Job};
use super::series::Series;
use super::trigger::{Answer, Trigger};
use crate::clipboard::backend::ClipboardBackend;
use crate::clipboard::content::Snapshot;
use crate::clipboard::error::Refusal;
use crate::clipboard::paste::Paster;
use crate::clipboard::rules;
use crate::clipboard::thread::Clipboard;
use crate::clipboard::undo::{LIFETIME as UNDO_LIFETIME, Replacement, UndoStack};
use crate::expiring_queue::ExpiringQueue;

/// What the actor is sent.
#[derive(Debug)]
pub(crate) enum Message {
    /// The user asks for something; another process may wait for the answer.
    Asked(Trigger, Option<Answer>),
    /// Another program has copied something.
    Copied,
    /// A model has been loaded.
    ModelReady,
    /// The user may choose between the candidates of this request, or has chosen another one.
    Choosing(RequestId, Box<Series>),
    /// A request has ended.
    Ended(Box<RequestReport>),
    /// A larger model has another completion for a request.
    Improved(RequestId, Box<Improvement>),
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
    /// The last completions.
    history: History,
    /// The candidates of the last request, for as long as a write can be undone.
    series: ExpiringQueue<Series>,
    running: Option<Running>,
    /// The larger model's work on the last completion; it may have ended.
    improving: Option<Improving>,
    /// The last request, if it waits for its model.
    waiting: Option<Waiting>,
    /// The text of the request that is started next; `None` for any.
    awaited: Option<AwaitedText>,
    /// The task that reads the last copy ahead; it may have ended.
    reading: Option<JoinHandle<()>>,
}

struct Running {
    id: RequestId,
    cancel: CancelToken,
    limits: TimeLimits,
    trigger: Trigger,
    /// Takes further presses of the hotkey while it is held.
    presses: mpsc::UnboundedSender<Deadline>,
    /// Where another process waits for the end.
    answer: Option<Answer>,
}

/// A request that had to wait for its model.
struct Waiting {
    text: AwaitedText,
    trigger: Trigger,
    /// When it is given up.
    end: Instant,
}

/// How long a completion may come after its request. Loading a large model takes seconds; after this the user does
/// something else.
const WAIT_LIMIT: Duration = Duration::from_secs(60);

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
            history: History::default(),
            series: ExpiringQueue::new(1, UNDO_LIFETIME),
            running: None,
            improving: None,
            waiting: None,
            awaited: None,
            reading: None,
        }
    }

    /// Handles messages until [`Message::Stop`], then waits for the running request to end: a paste that is under way
    /// puts the old clipboard back first.
    pub(crate) async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        loop {
            let message = tokio::select! {
                message = messages.recv() => message,
                () = self.expire() => {
                    self.draw();
                    continue;
                }
            };
            match message {
                Some(Message::Asked(trigger, answer)) => self.ask(trigger, answer).await,
                Some(Message::Copied) => {
                    self.stop_improving_if_overtaken().await;
                    self.read_ahead().await;
                }
                Some(Message::ModelReady) => self.resume().await,
                Some(Message::Choosing(id, series)) => self.choose(id, &series).await,
                Some(Message::Ended(report)) => self.end(*report).await,
                Some(Message::Improved(id, found)) => self.improved(id, *found).await,
                Some(Message::Stop) | None => break,
            }
        }
        self.stop_reading().await;
        self.improving = None;
        self.cancel();
        while self.running.is_some() {
            match messages.recv().await {
                Some(Message::Ended(report)) => self.end(*report).await,
                Some(_) => {}
                None => break,
            }
        }
    }

    /// Waits until anything that is kept is too old, and forgets it.
    async fn expire(&mut self) {
        tokio::select! {
            () = self.undo.expire() => {}
            () = self.series.expire() => {}
            () = self.history.expire() => {}
        }
    }

    /// Forgets the last completions and their candidates.
    fn forget(&mut self) {
        self.series.clear();
        self.history.forget();
    }

    /// Does what the user asks for. A request answers when it has ended; one that pastes answers
    /// at once, because its window decides when.
    async fn ask(&mut self, trigger: Trigger, answer: Option<Answer>) {
        self.waiting = None;
        let is_request = matches!(trigger.verb, Verb::Complete(_));
        let n_started = self.running.as_ref().map(|running| running.id);
        let actions = self.coordinator.ask(trigger);
        if !actions.is_empty() {
            self.improving = None;
        }
        let done = self.perform(actions).await;
        let Some(answer) = answer else { return };
        let is_paste = is_request && self.ui.settings().behaviour == ClipboardBehaviour::Paste;
        match &mut self.running {
            Some(running) if Some(running.id) != n_started && !is_paste => {
                running.answer = Some(answer);
            }
            _ => reply(&answer, done),
        }
    }

    /// Starts again the request that had to wait for its model, if its time is not over; otherwise reads ahead what was
    /// copied while no model could read it.
    async fn resume(&mut self) {
        match self.waiting.take().filter(|waiting| Instant::now() < waiting.end) {
            Some(Waiting { text, trigger, .. }) => {
                let trigger = Trigger { at: Instant::now(), ..trigger };
                self.awaited = Some(text);
                let actions = self.coordinator.resume(trigger);
                let _ = self.perform(actions).await;
                self.awaited = None;
            }
            None => self.read_ahead().await,
        }
    }

    /// Returns whether something was done, or why nothing was.
    async fn perform(&mut self, actions: Vec<Action>) -> Result<(), String> {
        if actions.is_empty() {
            return Err("a completion is being worked on; try again".to_owned());
        }
        let mut done = Ok(());
        for action in actions {
            match action {
                Action::Start { id, mode, trigger } => self.start(id, mode, trigger),
                Action::Press { at } => self.press(at),
                Action::Cancel(_) => self.cancel(),
                Action::TellPaused => {
                    self.ui.notify(Notice::paused(self.ui.language()));
                    done = Err("pounce is paused; resume it in the tray menu".to_owned());
                }
                Action::ReleaseHotkeys(is_released) => self.release_hotkeys(is_released),
                Action::Undo => done = self.undo().await,
                Action::Copy(id) => done = self.copy(id).await,
                Action::Forget => {
                    self.forget();
                    self.draw();
                }
                Action::Redraw => self.draw(),
            }
        }
        done
    }

    /// Gives the hotkeys back when the user pauses the app, which then keeps no old clipboard either; or takes them again.
    fn release_hotkeys(&mut self, is_released: bool) {
        if is_released {
            self.undo.clear();
            self.forget();
        }
        self.ui.release_hotkeys(is_released);
    }

    fn start(&mut self, id: RequestId, mode: Option<Mode>, trigger: Trigger) {
        let settings = self.ui.settings();
        let (mode, limits) = (mode.unwrap_or(settings.mode), settings.limits);
        let last = self.series.last();
        let series = last.filter(|series| series.is_meant(trigger.verb, mode)).cloned();
        let (cancel, awaited) = (CancelToken::new(), self.awaited.take());
        let (answer, inbox) = (None, self.inbox.clone());
        let (presses, keys) = HeldKeys::new(move |series| {
            // The receiver is gone once the app ends.
            let _ = inbox.send(Message::Choosing(id, Box::new(series.clone())));
        });
        self.running =
            Some(Running { id, cancel: cancel.clone(), limits, trigger, presses, answer });
        self.spawn(Job {
            id,
            verb: trigger.verb,
            mode,
            series,
            at: trigger.at,
            deadline: Deadline::counted_from(trigger.at, limits),
            source: settings.source,
            markers: settings.markers,
            awaited,
            behaviour: settings.behaviour,
            paste_keys: settings.paste_keys,
            window: trigger.window,
            keys: Some(keys),
            cancel,
        });
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
        let RequestSettings { reads_ahead, markers, .. } = self.ui.settings();
        if is_idle && reads_ahead {
            let (completer, clipboard) = (self.completer.clone(), self.clipboard.clone());
            let work =
                async move { read_ahead::read_ahead(&*completer, &clipboard, markers).await };
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

    /// Has the running request go on to its next candidate. Its search has the time of a request.
    fn press(&self, at: Instant) {
        if let Some(running) = &self.running {
            // The receiver is gone once the hotkey is let go.
            let _ = running.presses.send(Deadline::counted_from(at, running.limits));
        }
    }

    /// Shows what is chosen. Nothing is shown before the first press: most requests are pasted without.
    async fn choose(&mut self, id: RequestId, series: &Series) {
        let actions = self.coordinator.choose(id);
        if !actions.is_empty() {
            let _ = self.perform(actions).await;
        } else if self.coordinator.is_choosing(id) {
            self.ui.offer(Some(series.list(self.ui.language())));
        }
    }

    async fn end(&mut self, report: RequestReport) {
        let Some(running) = self.running.take_if(|running| running.id == report.id) else { return };
        self.ui.offer(None);
        if let Some(answer) = &running.answer {
            reply(answer, report.verdict());
        }
        self.waiting = report.awaited.clone().map(|text| Waiting {
            text,
            trigger: running.trigger,
            end: Instant::now() + WAIT_LIMIT,
        });
        if let Some(written) = &report.written {
            self.undo.push(written.clone());
        }
        if let Some(completed) = &report.completed {
            self.history.keep(completed.clone());
        }
        if let Some(series) = &report.series {
            self.series.push(series.clone());
        }
        if report.outcome != Outcome::Cancelled || report.completion.is_some() {
            self.ui.ended(&report, running.limits);
        }
        self.improve(&report, running.trigger.at);
        let name = |id: &_| self.ui.model_name(id);
        self.ui.notify(Notice::of(self.ui.language(), &report, name));
        let actions = self.coordinator.end(report.id);
        let _ = self.perform(actions).await;
    }

    async fn undo(&mut self) -> Result<(), String> {
        let last = self.undo.last().cloned();
        let last = last.ok_or("there is nothing to undo")?;
        let replace = move |backend: &mut dyn ClipboardBackend| {
            rules::replace(backend, &last.after, &last.before)
        };
        let result = self.clipboard.run(replace).await;
        let result = result.unwrap_or_else(|error| Err(Refusal::Unusable(error)));
        // Content that another program has copied since will not go away: the next undo is for the write before.
        if matches!(result, Ok(()) | Err(Refusal::Changed)) {
            self.undo.pop();
            self.series.clear();
        }
        self.ui.notify(Notice::of_undo(self.ui.language(), &result));
        self.draw();
        result.map_err(|refusal| refusal.to_string())
    }

    /// Replaces the clipboard's content, as any program's copy command does. Text can be restored by undo.
    async fn copy(&mut self, id: Option<RequestId>) -> Result<(), String> {
        let completed = self.history.get(id).ok_or_else(|| {
            let none = "nothing was completed yet; copy code and run `pounce trigger`";
            id.map_or(none, |_| "this completion is forgotten")
        })?;
        let after = Snapshot::text(&completed.text);
        let copy = move |backend: &mut dyn ClipboardBackend| {
            let before = rules::read(backend).ok();
            rules::write(backend, &after)?;
            Ok(before.map(|before| Replacement { before, after }))
        };
        let result = self.clipboard.run(copy).await.map_err(Refusal::Unusable).flatten();
        if let Ok(Some(replacement)) = &result {
            self.undo.push(replacement.clone());
        }
        let result = result.map(drop);
        self.ui.notify(Notice::of_copy(self.ui.language(), &result));
        self.draw();
        result.map_err(|refusal| refusal.to_string())
    }

    fn draw(&self) {
        let series = self.series.last();
        self.ui.draw(RequestState {
            is_working: self.coordinator.is_completing(),
            is_paused: self.coordinator.is_paused(),
            can_undo: !self.undo.is_empty(),
            candidates: series.map(|it| it.list(self.ui.language())).unwrap_or_default(),
            history: self.history.list(),
        });
    }
}

/// Answers another process, which may have stopped waiting.
fn reply(answer: &Answer, done: Result<(), String>) {
    let _ = answer.send(done);
}

mod improve;
#[cfg(test)]
mod tests;
