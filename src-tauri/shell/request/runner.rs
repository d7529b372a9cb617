//! The request runner: works on one request, from the clipboard read to the clipboard written.
//!
//! It applies the rules of the clipboard and of `snippet` in order, and times the two stages that touch the clipboard.
//! Which request is run, and what the user sees afterwards, is decided by `actor`.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_cli::Verb;
use pounce_engine::{CancelToken, Mode};
use pounce_service::confidence::Level;
use pounce_service::settings::{ClipboardBehaviour, PasteRule, SnippetSource};
use pounce_service::{Completion, CompletionRequest, Deadline, Improvement, Reason};

use super::awaited::AwaitedText;
use super::coordinator::RequestId;
use super::cursor_markers::CursorMarkers;
use super::held_keys::HeldKeys;
use super::report::{Outcome, RequestReport};
use super::series::{Origin, Series, Turn, turn};
use super::snippet::CopiedSnippet;
use crate::clipboard::backend::ClipboardBackend;
use crate::clipboard::content::Snapshot;
use crate::clipboard::error::Refusal;
use crate::clipboard::paste::{PasteError, PasteRefusal, PasteWish, Paster, WindowId};
use crate::clipboard::rules::{self, SnippetRead};
use crate::clipboard::thread::Clipboard;
use crate::clipboard::undo::Replacement;
use crate::sync::spawn_blocking;

/// Completes code: the service, or a test double.
pub(crate) trait Completer: Send + Sync + 'static {
    /// Completes a request. Returns by its deadline, and early once `cancel` is cancelled.
    fn complete(
        &self,
        request: CompletionRequest,
        deadline: Deadline,
        cancel: CancelToken,
    ) -> impl Future<Output = Completion> + Send;

    /// Has a larger model answer a request again that was answered by `first`; `None` if there is no such model, or it has
    /// nothing else within `limit`. Dropping the future stops that.
    fn improve(
        &self,
        request: CompletionRequest,
        first: Completion,
        limit: Duration,
    ) -> impl Future<Output = Option<Improvement>> + Send;

    /// Reads a request's prompt ahead. Dropping the future stops that.
    fn prepare(&self, request: CompletionRequest) -> impl Future<Output = ()> + Send;
}

/// One request to run.
pub(crate) struct Job {
    /// The request's number.
    pub(crate) id: RequestId,
    /// What the user asked for.
    pub(crate) verb: Verb,
    /// How much to complete.
    pub(crate) mode: Mode,
    /// The candidates that the user may go on with; `None` if there are none.
    pub(crate) series: Option<Series>,
    /// When the request was triggered.
    pub(crate) at: Instant,
    /// By when it has to be answered.
    pub(crate) deadline: Deadline,
    /// What is completed.
    pub(crate) source: SnippetSource,
    /// What stands for the cursor.
    pub(crate) markers: CursorMarkers,
    /// The text that is completed, and no other; `None` completes any. Set for a request that had to wait for its model.
    pub(crate) awaited: Option<AwaitedText>,
    /// What happens with the completion.
    pub(crate) behaviour: ClipboardBehaviour,
    /// The keys that paste in programs that the app's table does not know.
    pub(crate) paste_keys: Vec<PasteRule>,
    /// The window that has to have the focus for a paste; `None` allows any.
    pub(crate) window: Option<WindowId>,
    /// Presses of the hotkey that choose another candidate for the paste; `None` if there are none.
    pub(crate) keys: Option<HeldKeys>,
    /// Ends the work early.
    pub(crate) cancel: CancelToken,
}

/// Works on `job` until it has ended.
pub(crate) async fn run<C: Completer>(
    job: Job,
    completer: &C,
    clipboard: &Clipboard,
    paster: impl Paster + Clone + 'static,
) -> RequestReport {
    let report = RequestReport::new(job.id, job.mode);
    let mut run = Run { job, clipboard, report };
    let outcome = run.attempt(completer, paster).await;
    run.report.outcome = outcome.unwrap_or_else(Outcome::LeftAlone);
    if run.report.times.total.is_zero() {
        run.report.times.total = run.job.at.elapsed();
    }
    run.report
}

/// A job being worked on, with what is known of it so far.
struct Run<'a> {
    job: Job,
    clipboard: &'a Clipboard,
    report: RequestReport,
}

impl Run<'_> {
    async fn attempt<C: Completer>(
        &mut self,
        completer: &C,
        paster: impl Paster + Clone + 'static,
    ) -> Result<Outcome, Refusal> {
        let source = match self.job.verb {
            Verb::Complete(_) => self.job.source,
            // The other verbs are for what was written.
            _ => SnippetSource::Clipboard,
        };
        let read = timed(move |backend| rules::read_snippet(backend, source));
        let (read, took) = self.clipboard.run(read).await?;
        self.report.times.read = took;
        if self.job.cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        let read = read?;
        if self.job.awaited.as_ref().is_some_and(|awaited| awaited.0 != read.snippet.text) {
            return Ok(Outcome::Cancelled);
        }
        self.report.selection = read.selection;
        match turn(self.job.verb, self.job.series.take(), &read)? {
            Turn::New => self.begin(completer, paster, read).await,
            Turn::Next(series) => self.next(completer, series, read.clipboard).await,
            Turn::Choose(series, at) => self.show(series, at, read.clipboard).await,
            Turn::Nothing => Ok(Outcome::NoOther),
        }
    }

    async fn begin<C: Completer>(
        &mut self,
        completer: &C,
        paster: impl Paster + Clone + 'static,
        read: SnippetRead,
    ) -> Result<Outcome, Refusal> {
        let markers = self.job.markers.clone();
        let (read, snippet) = spawn_blocking(move || {
            let snippet = CopiedSnippet::new(&read.snippet.text, &markers, read.language);
            (read, Arc::new(snippet))
        })
        .await;
        let request = snippet.request(self.job.mode);
        let completion = self.complete(completer, &snippet, request.clone()).await;
        let completion = self.final_before_paste(completer, request, completion).await;
        if self.job.cancel.is_cancelled() || completion.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        if completion.text.is_empty() {
            return Ok(self.nothing(&completion, read));
        }
        let Job { id, mode, behaviour, .. } = self.job;
        let origin = Origin { id, snippet, read, mode, behaviour };
        let series = Series::new(origin, &completion);
        match behaviour {
            ClipboardBehaviour::Paste => self.choose_and_paste(completer, paster, series).await,
            _ => self.put(series).await,
        }
    }

    /// Puts the first candidate on the clipboard.
    async fn put(&mut self, mut series: Series) -> Result<Outcome, Refusal> {
        self.report.completed = series.completed();
        let before = series.origin().read.clipboard.clone();
        self.write(series.show(0, before)).await?;
        let outcome = match series.origin().behaviour {
            ClipboardBehaviour::Append => Outcome::Appended,
            _ => Outcome::Replaced,
        };
        self.report.series = Some(series);
        Ok(outcome)
    }

    /// The completion to deliver. What is pasted cannot be improved afterwards, so that a larger model has its chance until
    /// the maximum, unless the first completion is sure.
    async fn final_before_paste<C: Completer>(
        &mut self,
        completer: &C,
        request: CompletionRequest,
        first: Completion,
    ) -> Completion {
        let is_sure = first.confidence.is_some_and(|confidence| confidence.level == Level::Sure);
        let is_pasted = self.job.behaviour == ClipboardBehaviour::Paste;
        if !is_pasted || is_sure || first.text.is_empty() || self.job.cancel.is_cancelled() {
            return first;
        }
        let limit = self.job.deadline.remaining();
        let completion = match completer.improve(request, first.clone(), limit).await {
            Some(improvement) => improvement.beside(first),
            None => return first,
        };
        self.report.completion = Some(completion.clone());
        completion
    }

    /// Pastes the candidate that the user chooses while the hotkey is held, mostly the first.
    async fn choose_and_paste<C: Completer>(
        &mut self,
        completer: &C,
        paster: impl Paster + Clone + 'static,
        mut series: Series,
    ) -> Result<Outcome, Refusal> {
        // The total ends here: waiting for the user and the window is not the app's latency.
        self.report.times.total = self.job.at.elapsed();
        let released = self.choose(completer, paster.clone(), &mut series).await;
        if self.job.cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        self.report.completed = series.completed();
        let Some(text) = series.text() else {
            // The snippet as it was.
            let position = series.position();
            self.report.series = Some(series);
            return Ok(Outcome::Showed(position));
        };
        let outcome = self.paste(series.origin(), &text, released, paster).await?;
        self.report.series = self.held(&outcome, series.origin()).map(|held| series.holding(held));
        Ok(outcome)
    }

    /// Goes through the candidates for as long as the user holds the hotkey.
    ///
    /// # Errors
    /// If the user does not let go of it.
    async fn choose<C: Completer>(
        &mut self,
        completer: &C,
        paster: impl Paster + Clone + 'static,
        series: &mut Series,
    ) -> Result<(), PasteError> {
        let Some(mut keys) = self.job.keys.take() else { return Ok(()) };
        let mut is_released = Ok(());
        loop {
            keys.show(series);
            let (mut paster, cancel) = (paster.clone(), self.job.cancel.clone());
            let wait = spawn_blocking(move || paster.wait_for_release(&cancel));
            let released = async { is_released = wait.await };
            let Some(deadline) = keys.next(released).await else { return is_released };
            self.job.deadline = deadline;
            self.advance(completer, series).await;
        }
    }

    /// Goes on to the next candidate, if there is one. What was completed first stays the request's record.
    async fn advance<C: Completer>(&mut self, completer: &C, series: &mut Series) {
        if series.needs_search() {
            let first = self.report.completion.take();
            let found = self.complete(completer, &series.snippet(), series.search()).await;
            self.report.completion = first;
            series.found(&found);
        }
        if let Some(at) = series.next() {
            series.choose(at);
        }
    }

    /// The outcome without a completion: it may come once the model is loaded.
    fn nothing(&mut self, completion: &Completion, read: SnippetRead) -> Outcome {
        let loading = completion.reasons.iter().find_map(|reason| match reason {
            Reason::StillLoading(id) => Some(id.clone()),
            _ => None,
        });
        match loading {
            Some(id) => {
                self.report.awaited = Some(AwaitedText(read.snippet.text));
                Outcome::NotReady(id)
            }
            None => Outcome::Nothing(why_nothing(completion)),
        }
    }

    /// What the clipboard holds now that a completion was delivered; `None` if none was.
    fn held(&self, outcome: &Outcome, origin: &Origin) -> Option<Snapshot> {
        match outcome {
            Outcome::Pasted => Some(origin.read.clipboard.clone()),
            Outcome::NotPasted(_) => None,
            _ => self.report.written.as_ref().map(|written| written.after.clone()),
        }
    }

    /// Shows the next candidate of a series in place of what the clipboard holds.
    async fn next<C: Completer>(
        &mut self,
        completer: &C,
        mut series: Series,
        clipboard: Snapshot,
    ) -> Result<Outcome, Refusal> {
        if series.needs_search() {
            let found = self.complete(completer, &series.snippet(), series.search()).await;
            if self.job.cancel.is_cancelled() || found.is_cancelled() {
                return Ok(Outcome::Cancelled);
            }
            series.found(&found);
        }
        match series.next() {
            Some(at) => self.show(series, at, clipboard).await,
            None => {
                self.report.series = Some(series);
                Ok(Outcome::NoOther)
            }
        }
    }

    /// Shows a candidate of a series in place of what the clipboard holds.
    async fn show(
        &mut self,
        mut series: Series,
        at: usize,
        clipboard: Snapshot,
    ) -> Result<Outcome, Refusal> {
        let replacement = series.show(at, clipboard.clone());
        self.replace(clipboard, replacement).await?;
        self.report.completed = series.completed();
        let position = series.position();
        self.report.series = Some(series);
        Ok(Outcome::Showed(position))
    }

    async fn complete<C: Completer>(
        &mut self,
        completer: &C,
        snippet: &CopiedSnippet,
        request: CompletionRequest,
    ) -> Completion {
        self.report.language = snippet.language();
        let (deadline, cancel) = (self.job.deadline, self.job.cancel.clone());
        let completion = completer.complete(request, deadline, cancel).await;
        self.report.completion = Some(completion.clone());
        completion
    }

    async fn write(&mut self, replacement: Replacement) -> Result<(), Refusal> {
        self.replace(replacement.before.clone(), replacement).await
    }

    /// Writes if the clipboard still holds `expected`, which for undo may count as another content.
    async fn replace(
        &mut self,
        expected: Snapshot,
        replacement: Replacement,
    ) -> Result<(), Refusal> {
        let replacement = Arc::new(replacement);
        let shared = replacement.clone();
        let replace = timed(move |backend| rules::replace(backend, &expected, &shared.after));
        let (written, took) = self.clipboard.run(replace).await?;
        written?;
        self.report.times.write = took;
        self.report.times.total = self.job.at.elapsed();
        self.report.written = Some(Arc::unwrap_or_clone(replacement));
        Ok(())
    }

    async fn paste(
        &mut self,
        origin: &Origin,
        text: &str,
        released: Result<(), PasteError>,
        mut paster: impl Paster + 'static,
    ) -> Result<Outcome, Refusal> {
        let Origin { snippet, read, .. } = origin;
        let text = snippet.to_paste(text, &read.snippet.text);
        let (before, after) = (read.clipboard.clone(), Snapshot::text(&text.completion));
        let (held, window) = (before.clone(), self.job.window);
        let (cancel, programs) = (self.job.cancel.clone(), self.job.paste_keys.clone());
        let paste = move |backend: &mut dyn ClipboardBackend| {
            released.map_err(PasteRefusal::NoWindow)?;
            let completion = &*text.completion;
            let wish = PasteWish { window, rules: &programs, completion, cancel: &cancel };
            let target = paster.target_window(&wish).map_err(PasteRefusal::NoWindow)?;
            rules::paste(backend, target, &held, &text, &cancel)
        };
        let pasted = self.clipboard.run(paste).await?;
        self.pasted(pasted, Replacement { before, after }).await
    }

    /// The outcome of a paste. Where nothing was pasted, the completion is copied instead.
    async fn pasted(
        &mut self,
        pasted: Result<(), PasteRefusal>,
        replacement: Replacement,
    ) -> Result<Outcome, Refusal> {
        match pasted {
            Ok(()) => Ok(Outcome::Pasted),
            Err(PasteRefusal::Clipboard(refusal)) => Err(refusal),
            Err(PasteRefusal::NoWindow(_)) if self.job.cancel.is_cancelled() => {
                Ok(Outcome::Cancelled)
            }
            Err(PasteRefusal::NoWindow(why)) => {
                self.write(replacement).await.map(|()| Outcome::Copied(why))
            }
            Err(PasteRefusal::NotTaken(why)) => {
                self.report.written = Some(replacement);
                Ok(Outcome::Copied(why))
            }
            Err(refusal) => {
                // Undo can put back what could not be put back now.
                let is_lost = matches!(refusal, PasteRefusal::Restore(_));
                self.report.written = is_lost.then_some(replacement);
                Ok(Outcome::NotPasted(refusal))
            }
        }
    }
}

/// Why a completion has no text: what the first filter said if one rejected an answer, otherwise the last reason; `None`
/// if the service gave none.
fn why_nothing(completion: &Completion) -> Option<Reason> {
    let is_rejection = |reason: &&Reason| matches!(reason, Reason::Rejected(..));
    let rejection = completion.reasons.iter().find(is_rejection);
    rejection.or(completion.reasons.last()).cloned()
}

/// Returns the result of `task` and how long it ran, without the time that it waited for the clipboard's thread.
fn timed<T>(
    task: impl FnOnce(&mut dyn ClipboardBackend) -> T,
) -> impl FnOnce(&mut dyn ClipboardBackend) -> (T, Duration) {
    |backend| {
        let start = Instant::now();
        let result = task(backend);
        (result, start.elapsed())
    }
}

#[cfg(test)]
mod tests;
