//! [`RequestRecord`]: a finished request as the dashboard draws it. Counts and durations only, never code or completions.
//!
//! Percentiles and the histogram follow the dashboard's filter, so the page computes them from the records.

use std::time::SystemTime;

use pounce_engine::{FinishReason, Mode};
use pounce_service as service;
use pounce_service::confidence::Level;
use pounce_service::units::{ms, unix_ms};
use pounce_service::{CompletionSource, Lookup, Reason, Rejection, RequestOrigin, TimeLimits};
use serde::Serialize;

use crate::request::nothing_text;
use crate::request::report::{Outcome, RequestReport};
use crate::ui_language::UiLanguage;

/// One finished request: an element of the answer to `query_recent` (the last thousand, oldest first), and the payload of
/// the event `completion`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct RequestRecord {
    /// The request's number since the start of the app.
    pub(crate) id: u64,
    /// When it was triggered.
    pub(crate) at_ms: u64,
    /// Where it came from.
    pub(crate) origin: RequestOrigin,
    /// What answered, and which model.
    pub(crate) source: CompletionSource,
    /// How sure the completion is; `None` if its source does not tell.
    pub(crate) level: Option<Level>,
    /// The filters that changed the completion, by name, in the order in which they did.
    pub(crate) applied: Vec<&'static str>,
    /// Why answers of models and fallbacks were not used, in the order of time and in the user's language.
    pub(crate) rejections: Vec<&'static str>,
    /// The remote engine that was sent the code, even if something else answered; `None` if the code stayed on this machine.
    pub(crate) sent_to: Option<String>,
    /// What came of looking for the snippet in the user's projects; `None` if it was not looked for.
    pub(crate) place: Option<Place>,
    /// The file whose code around the snippet was read, from the user's folder on; `None` if none was.
    pub(crate) file: Option<String>,
    /// How much was asked for.
    pub(crate) mode: Mode,
    /// The name of the snippet's language.
    pub(crate) language: String,
    /// How it ended.
    pub(crate) finish: Finish,
    /// Whether the deadline cut the completion at a useful boundary.
    pub(crate) is_partial: bool,
    /// Tokens that the model read.
    pub(crate) n_prompt_tokens: u32,
    /// Tokens that the model wrote.
    pub(crate) n_tokens: u32,
    /// Where the time went.
    pub(crate) stages: Stages,
    /// From the trigger to the clipboard changed: the sum of `stages`.
    pub(crate) total_ms: f64,
    /// Whether `total_ms` was within the target in force then.
    pub(crate) met_target: bool,
    /// Whether `total_ms` was within the maximum in force then.
    pub(crate) met_maximum: bool,
}

/// Where a request's time went; the fields add up to [`RequestRecord::total_ms`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct Stages {
    /// Reading the clipboard.
    pub(crate) clipboard_ms: f64,
    /// Text to tokens.
    pub(crate) tokenize_ms: f64,
    /// The encoder's run.
    pub(crate) encode_ms: f64,
    /// The first token.
    pub(crate) first_token_ms: f64,
    /// Every further token.
    pub(crate) decode_ms: f64,
    /// Tokens to text.
    pub(crate) detokenize_ms: f64,
    /// Writing the clipboard.
    pub(crate) write_ms: f64,
    /// What no other stage holds: choosing the model, waiting for it, looking for other completions, passing from thread to thread.
    pub(crate) other_ms: f64,
}

/// What came of looking for a snippet in the user's projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum Place {
    /// It stands in a file, whose code around it was read.
    Found,
    /// It stands in several places.
    Ambiguous,
    /// It stands nowhere.
    Missed,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum Finish {
    /// The completion is whole.
    Complete,
    /// The completion stops at its greatest length.
    Length,
    /// The deadline came first.
    Deadline,
    /// The user cancelled, or asked again.
    Cancelled,
    /// Something failed; a fallback may have answered.
    Failed,
}

/// The numbers of other programs' requests begin here, beyond all of the desktop's own.
const FIRST_SERVED: u64 = 1 << 40;

/// A request of another program as the dashboard draws it. What the service found of its place is not known here.
pub(crate) fn served(record: &service::RequestRecord, limits: TimeLimits) -> RequestRecord {
    let timings = record.timings;
    RequestRecord {
        id: FIRST_SERVED + record.id,
        at_ms: unix_ms(record.at).saturating_sub(record.elapsed.as_millis() as u64),
        origin: record.origin,
        source: record.source.clone(),
        level: None,
        applied: record.applied.clone(),
        rejections: record.rejected.clone(),
        sent_to: record.sent_to.as_ref().map(ToString::to_string),
        place: None,
        file: None,
        mode: record.mode,
        language: record.language.name().to_owned(),
        finish: match record.finish {
            _ if record.is_cancelled => Finish::Cancelled,
            _ if record.is_refused => Finish::Failed,
            _ if record.is_partial || record.missed_deadline => Finish::Deadline,
            Some(FinishReason::Length) => Finish::Length,
            _ => Finish::Complete,
        },
        is_partial: record.is_partial,
        n_prompt_tokens: record.n_prompt_tokens as u32,
        n_tokens: record.n_tokens as u32,
        stages: Stages {
            tokenize_ms: ms(timings.tokenize),
            encode_ms: ms(timings.encode),
            first_token_ms: ms(timings.first_token),
            decode_ms: ms(timings.decode),
            detokenize_ms: ms(timings.detokenize),
            other_ms: ms(record.elapsed) - ms(timings.total()),
            ..Stages::default()
        },
        total_ms: ms(record.elapsed),
        met_target: record.met_target,
        met_maximum: record.elapsed <= limits.maximum,
    }
}

/// A finished request as the dashboard draws it; `None` if the service was not asked.
pub(crate) fn record(
    report: &RequestReport,
    limits: TimeLimits,
    language: UiLanguage,
) -> Option<RequestRecord> {
    let completion = report.completion.as_ref()?;
    let why_not = |it: &Rejection| nothing_text::rejection(language, it.reason);
    let stages = stages(report, completion);
    Some(RequestRecord {
        id: report.id,
        at_ms: unix_ms(SystemTime::now()).saturating_sub(report.times.total.as_millis() as u64),
        origin: RequestOrigin::Desktop,
        source: completion.source.clone(),
        level: completion.confidence.map(|confidence| confidence.level),
        applied: completion.applied.clone(),
        rejections: completion.rejections().map(why_not).collect(),
        sent_to: completion.sent_to.as_ref().map(ToString::to_string),
        place: place(&completion.lookup),
        file: match &completion.lookup {
            Lookup::Found(file) => Some(file.display().to_string()),
            _ => None,
        },
        mode: report.mode,
        language: report.language.name().to_owned(),
        finish: finish(report, completion),
        is_partial: completion.is_partial,
        n_prompt_tokens: completion.n_prompt_tokens as u32,
        n_tokens: completion.n_tokens as u32,
        stages,
        total_ms: ms(report.times.total),
        met_target: report.times.total <= limits.target,
        met_maximum: report.times.total <= limits.maximum,
    })
}

fn place(lookup: &Lookup) -> Option<Place> {
    match lookup {
        Lookup::None => None,
        Lookup::Found(_) => Some(Place::Found),
        Lookup::Ambiguous(_) => Some(Place::Ambiguous),
        Lookup::Missed(_) => Some(Place::Missed),
    }
}

/// The stages, with what none of them holds, so that they add up to the total.
fn stages(report: &RequestReport, completion: &service::Completion) -> Stages {
    let timings = completion.timings;
    let known = timings.total() + report.times.read + report.times.write;
    Stages {
        clipboard_ms: ms(report.times.read),
        tokenize_ms: ms(timings.tokenize),
        encode_ms: ms(timings.encode),
        first_token_ms: ms(timings.first_token),
        decode_ms: ms(timings.decode),
        detokenize_ms: ms(timings.detokenize),
        write_ms: ms(report.times.write),
        other_ms: ms(report.times.total) - ms(known),
    }
}

fn finish(report: &RequestReport, completion: &service::Completion) -> Finish {
    let is_late = completion.reasons.iter().any(|reason| {
        matches!(
            reason,
            Reason::DeadlineMissed(_) | Reason::NoUsefulBoundary(_) | Reason::QueueTimedOut
        )
    });
    let is_failed = completion.reasons.iter().any(|reason| {
        matches!(
            reason,
            Reason::ModelFailed(..)
                | Reason::ModelCrashed(_)
                | Reason::LoadFailed(..)
                | Reason::NoModel
        )
    });
    match (&report.outcome, completion.finish) {
        (Outcome::Cancelled, _) => Finish::Cancelled,
        (Outcome::LeftAlone(_) | Outcome::NotPasted(_) | Outcome::Failed, _) => Finish::Failed,
        _ if is_failed => Finish::Failed,
        _ if completion.is_partial || is_late => Finish::Deadline,
        (_, Some(FinishReason::Length)) => Finish::Length,
        _ => Finish::Complete,
    }
}

#[cfg(test)]
mod tests;
