//! The request runner: works on one request, from the clipboard read to the clipboard written.
//!
//! It applies the rules of the clipboard and of `snippet` in order, and times the two stages that touch the clipboard.
//! Which request is run, and what the user sees afterwards, is decided by `actor`.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_engine::{CancelToken, Mode};
use pounce_service::settings::ClipboardBehaviour;
use pounce_service::{Completion, CompletionRequest, Deadline, Reason};

use super::coordinator::RequestId;
use super::report::{Outcome, RequestReport};
use super::snippet::CopiedSnippet;
use crate::clipboard::backend::ClipboardBackend;
use crate::clipboard::content::Snapshot;
use crate::clipboard::error::Refusal;
use crate::clipboard::paste::{PasteRefusal, Paster, WindowId};
use crate::clipboard::rules;
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

    /// Reads a request's prompt ahead. Dropping the future stops that.
    fn prepare(&self, request: CompletionRequest) -> impl Future<Output = ()> + Send;
}

/// One request to run.
#[derive(Clone)]
pub(crate) struct Job {
    /// The request's number.
    pub(crate) id: RequestId,
    /// How much to complete.
    pub(crate) mode: Mode,
    /// When the request was triggered.
    pub(crate) at: Instant,
    /// By when it has to be answered.
    pub(crate) deadline: Deadline,
    /// What happens with the completion.
    pub(crate) behaviour: ClipboardBehaviour,
    /// The window that has to have the focus for a paste; `None` allows any.
    pub(crate) window: Option<WindowId>,
    /// Ends the work early.
    pub(crate) cancel: CancelToken,
}

/// Works on `job` until it has ended.
pub(crate) async fn run<C: Completer>(
    job: Job,
    completer: &C,
    clipboard: &Clipboard,
    paster: impl Paster + 'static,
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
        paster: impl Paster + 'static,
    ) -> Result<Outcome, Refusal> {
        let (copied, took) = self.clipboard.run(timed(rules::read_with_language)).await?;
        self.report.times.read = took;
        if self.job.cancel.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        let (before, named) = copied?;
        let (before, snippet) = spawn_blocking(move || {
            let snippet = CopiedSnippet::new(&before.text, named);
            (before, snippet)
        })
        .await;
        let completion = self.complete(completer, &snippet).await;
        if self.job.cancel.is_cancelled() || completion.is_cancelled() {
            return Ok(Outcome::Cancelled);
        }
        if completion.text.is_empty() {
            return Ok(Outcome::Nothing(why_nothing(&completion)));
        }
        let composed = snippet.compose(&completion.text, self.job.behaviour);
        let replacement = Replacement { before, after: Snapshot::text(composed) };
        self.deliver(replacement, paster).await
    }

    async fn complete<C: Completer>(
        &mut self,
        completer: &C,
        snippet: &CopiedSnippet,
    ) -> Completion {
        self.report.language = snippet.language();
        let Job { mode, deadline, cancel, .. } = self.job.clone();
        let completion = completer.complete(snippet.request(mode), deadline, cancel).await;
        self.report.bare = snippet.bare(&completion.text);
        self.report.completion = Some(completion.clone());
        completion
    }

    async fn deliver(
        &mut self,
        replacement: Replacement,
        paster: impl Paster + 'static,
    ) -> Result<Outcome, Refusal> {
        match self.job.behaviour {
            ClipboardBehaviour::Paste => self.paste(replacement, paster).await,
            ClipboardBehaviour::Append => self.write(replacement).await.map(|()| Outcome::Appended),
            ClipboardBehaviour::Replace => {
                self.write(replacement).await.map(|()| Outcome::Replaced)
            }
        }
    }

    async fn write(&mut self, replacement: Replacement) -> Result<(), Refusal> {
        let replacement = Arc::new(replacement);
        let shared = replacement.clone();
        let replace = timed(move |backend| rules::replace(backend, &shared.before, &shared.after));
        let (written, took) = self.clipboard.run(replace).await?;
        written?;
        self.report.times.write = took;
        self.report.times.total = self.job.at.elapsed();
        self.report.written = Some(Arc::unwrap_or_clone(replacement));
        Ok(())
    }

    async fn paste(
        &mut self,
        replacement: Replacement,
        mut paster: impl Paster + 'static,
    ) -> Result<Outcome, Refusal> {
        // The total ends here: waiting for the window to fetch the text is not the app's latency.
        self.report.times.total = self.job.at.elapsed();
        let (cancel, window) = (self.job.cancel.clone(), self.job.window);
        let Replacement { before, after } = replacement.clone();
        let paste = move |backend: &mut dyn ClipboardBackend| {
            let target = paster.target_window(window).map_err(PasteRefusal::NoWindow)?;
            rules::paste(backend, target, &before, &after.text, &cancel)
        };
        match self.clipboard.run(paste).await? {
            Ok(()) => Ok(Outcome::Pasted),
            Err(PasteRefusal::Clipboard(refusal)) => Err(refusal),
            Err(PasteRefusal::NoWindow(_)) if self.job.cancel.is_cancelled() => {
                Ok(Outcome::Cancelled)
            }
            Err(PasteRefusal::NoWindow(why)) => {
                self.write(replacement).await.map(|()| Outcome::Copied(why))
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

/// Why a completion has no text: the first filter's words if one rejected an answer, otherwise the last reason; `None` if
/// the service gave none.
fn why_nothing(completion: &Completion) -> Option<String> {
    let is_rejection = |reason: &&Reason| matches!(reason, Reason::Rejected(..));
    let rejection = completion.reasons.iter().find(is_rejection);
    rejection.or(completion.reasons.last()).map(ToString::to_string)
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
