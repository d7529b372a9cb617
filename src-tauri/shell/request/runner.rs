//! The work on one request, from the clipboard read to the clipboard written.
//!
//! It takes the decisions of `clipboard` and `snippet` in order and measures its own two stages. Which request is
//! worked on, and what is told to whom afterwards, is the business of `desk`.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pounce_engine::{CancelToken, Language, Mode};
use pounce_service::{Completion, CompletionRequest, Deadline};

use crate::clipboard::{self, Clipboard, PasteRefusal, Refusal, Snapshot};
use crate::coordinator::RequestId;
use crate::ipc::ClipboardBehaviour;
use crate::paste::{Keys, PasteError, WindowId};
use crate::snippet;
use crate::undo::Replacement;

/// Whoever completes code: the service, or a test's script.
pub(crate) trait Completes: Send + Sync + 'static {
    /// Completes a request; returns by its deadline, and early once `cancel` is cancelled.
    fn complete(
        &self,
        request: CompletionRequest,
        deadline: Deadline,
        cancel: CancelToken,
    ) -> impl Future<Output = Completion> + Send;

    /// Reads a request's prompt ahead; dropping the future stops that.
    fn prepare(&self, request: CompletionRequest) -> impl Future<Output = ()> + Send;
}

/// One request.
#[derive(Clone)]
pub(crate) struct Job {
    /// Its number.
    pub(crate) id: RequestId,
    /// How much to complete.
    pub(crate) mode: Mode,
    /// When it was triggered.
    pub(crate) at: Instant,
    /// By when it has to be answered.
    pub(crate) deadline: Deadline,
    /// What happens with the completion.
    pub(crate) behaviour: ClipboardBehaviour,
    /// The window that has to have the focus for a paste; `None` is any.
    pub(crate) window: Option<WindowId>,
    /// Ends it early.
    pub(crate) cancel: CancelToken,
}

/// How the work ended.
#[derive(Debug)]
pub(crate) struct Report {
    /// The request's number.
    pub(crate) id: RequestId,
    /// How much was asked for.
    pub(crate) mode: Mode,
    /// What the snippet is written in.
    pub(crate) language: Language,
    /// What the user gets told.
    pub(crate) outcome: Outcome,
    /// What the service answered; `None` where it was not asked.
    pub(crate) completion: Option<Completion>,
    /// What was written, to be taken back; `None` where nothing was.
    pub(crate) written: Option<Replacement>,
    /// The stages that are measured here.
    pub(crate) times: Times,
}

/// How a request ended, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The clipboard holds the snippet with its completion.
    Appended,
    /// The clipboard holds the completion.
    Replaced,
    /// The completion was pasted; the clipboard holds the snippet.
    Pasted,
    /// There was no window to paste into, and why; the clipboard holds the completion.
    Copied(PasteError),
    /// There is nothing to add; the last reason of the service, if it gave one.
    Nothing(Option<String>),
    /// The clipboard was left alone.
    LeftAlone(Refusal),
    /// The completion could not be pasted.
    NotPasted(PasteRefusal),
    /// The user cancelled, or asked again.
    Cancelled,
    /// The work on it panicked; the log says where.
    Failed,
}

/// The stages of a request outside the service. What lies between them is thread changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// Reading the clipboard.
    pub(crate) read: Duration,
    /// Writing the clipboard; pasting is not in it, which waits for another program.
    pub(crate) write: Duration,
    /// From the trigger until the clipboard was written, or until there was nothing to write.
    pub(crate) total: Duration,
}

impl Report {
    /// A request that did not come back.
    pub(crate) fn failed(id: RequestId, mode: Mode) -> Self {
        Self { outcome: Outcome::Failed, ..Self::new(id, mode) }
    }

    /// A request about which nothing is known yet.
    pub(crate) fn new(id: RequestId, mode: Mode) -> Self {
        Self {
            id,
            mode,
            language: Language::Unknown,
            outcome: Outcome::Cancelled,
            completion: None,
            written: None,
            times: Times::default(),
        }
    }
}

/// Works on `job`.
pub(crate) async fn work<C: Completes>(
    job: Job,
    service: &C,
    clipboard: &Clipboard,
    keys: impl Keys + 'static,
) -> Report {
    let mut report = Report::new(job.id, job.mode);
    report.outcome = match attempt(&job, service, clipboard, keys, &mut report).await {
        Ok(outcome) => outcome,
        Err(refusal) => Outcome::LeftAlone(refusal),
    };
    if report.times.total.is_zero() {
        report.times.total = job.at.elapsed();
    }
    report
}

async fn attempt<C: Completes>(
    job: &Job,
    service: &C,
    clipboard: &Clipboard,
    keys: impl Keys + 'static,
    report: &mut Report,
) -> Result<Outcome, Refusal> {
    let (read, took) = clipboard.run(timed(clipboard::read)).await?;
    report.times.read = took;
    if job.cancel.is_cancelled() {
        return Ok(Outcome::Cancelled);
    }
    let before = read?;
    let segments = snippet::segments(&before.text);
    report.language = snippet::language(&segments);
    let request = CompletionRequest {
        language: report.language,
        ..CompletionRequest::new(segments.clone(), job.mode)
    };
    let completion = service.complete(request, job.deadline, job.cancel.clone()).await;
    let text = completion.text.clone();
    let is_cancelled = job.cancel.is_cancelled() || completion.is_cancelled();
    let why_empty = completion.reasons.last().map(ToString::to_string);
    report.completion = Some(completion);
    if is_cancelled {
        return Ok(Outcome::Cancelled);
    }
    if text.is_empty() {
        return Ok(Outcome::Nothing(why_empty));
    }
    let composed = snippet::compose(&segments, &text, job.behaviour);
    let replacement = Replacement { before, after: Snapshot::text(composed) };
    match job.behaviour {
        ClipboardBehaviour::Paste => paste(job, clipboard, keys, replacement, report).await,
        ClipboardBehaviour::Append | ClipboardBehaviour::Replace => {
            write(job, clipboard, replacement, report).await?;
            let is_append = job.behaviour == ClipboardBehaviour::Append;
            Ok(if is_append { Outcome::Appended } else { Outcome::Replaced })
        }
    }
}

async fn write(
    job: &Job,
    clipboard: &Clipboard,
    replacement: Replacement,
    report: &mut Report,
) -> Result<(), Refusal> {
    let replacement = Arc::new(replacement);
    let job_replacement = replacement.clone();
    let replace = timed(move |board| {
        clipboard::replace(board, &job_replacement.before, &job_replacement.after)
    });
    let (written, took) = clipboard.run(replace).await?;
    written?;
    report.times.write = took;
    report.times.total = job.at.elapsed();
    report.written = Some(Arc::unwrap_or_clone(replacement));
    Ok(())
}

async fn paste(
    job: &Job,
    clipboard: &Clipboard,
    mut keys: impl Keys + 'static,
    replacement: Replacement,
    report: &mut Report,
) -> Result<Outcome, Refusal> {
    // The time counts up to the paste: holding the clipboard for the window is not the app's latency.
    report.times.total = job.at.elapsed();
    let (cancel, window) = (job.cancel.clone(), job.window);
    let Replacement { before, after } = replacement.clone();
    let lend = move |board: &mut dyn clipboard::Board| {
        let target = keys.aim(window).map_err(PasteRefusal::NoWindow)?;
        clipboard::paste(board, target, &before, &after.text, &cancel)
    };
    match clipboard.run(lend).await? {
        Ok(()) => Ok(Outcome::Pasted),
        Err(PasteRefusal::Clipboard(refusal)) => Err(refusal),
        Err(PasteRefusal::NoWindow(_)) if job.cancel.is_cancelled() => Ok(Outcome::Cancelled),
        Err(PasteRefusal::NoWindow(why)) => {
            write(job, clipboard, replacement, report).await?;
            Ok(Outcome::Copied(why))
        }
        Err(refusal) => {
            // Undo can put back what could not be put back now.
            report.written = matches!(refusal, PasteRefusal::Restore(_)).then_some(replacement);
            Ok(Outcome::NotPasted(refusal))
        }
    }
}

/// `task` with the time that it took, without waiting for its turn.
fn timed<T>(
    task: impl FnOnce(&mut dyn clipboard::Board) -> T,
) -> impl FnOnce(&mut dyn clipboard::Board) -> (T, Duration) {
    |board| {
        let start = Instant::now();
        let result = task(board);
        (result, start.elapsed())
    }
}

#[cfg(test)]
mod tests;
