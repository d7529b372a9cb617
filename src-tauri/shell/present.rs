//! What the service knows, in the types that the windows draw. Pure conversions; nothing is decided but the app's
//! state in one word.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pounce_engine::FinishReason;
use pounce_service::settings::Remote;
use pounce_service::ThreadChoice;
use pounce_service::{self as service, Counter, Reason, TimeLimits};
use tokio::time::Instant;

use crate::completer::{Outcome, Report};
use crate::ipc::{
    AppState, BreakerInfo, BreakerState, CompletionSource, Counters, Finish, HotkeyState,
    HotkeyStatus, MemoryInfo, Mode, ModelInfo, ModelQuality, ModelSpeed, ModelState, Models,
    RequestRecord, Stages, ThreadTime,
};
use crate::remote_form;

impl From<Mode> for pounce_engine::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Line => Self::Line,
            Mode::Block => Self::Block,
        }
    }
}

impl From<pounce_engine::Mode> for Mode {
    /// The windows know no free run: it is a block without an end.
    fn from(mode: pounce_engine::Mode) -> Self {
        match mode {
            pounce_engine::Mode::Line => Self::Line,
            pounce_engine::Mode::Block | pounce_engine::Mode::Free => Self::Block,
        }
    }
}

impl From<&service::ModelState> for ModelState {
    fn from(state: &service::ModelState) -> Self {
        match state {
            service::ModelState::Absent => Self::Absent,
            service::ModelState::Queued => Self::Queued,
            service::ModelState::Loading => Self::Loading,
            service::ModelState::Warm => Self::Warm,
            service::ModelState::Failed { .. } => Self::Failed,
        }
    }
}

/// The app's state in one word, and why.
pub(crate) fn app_state(
    is_paused: bool,
    is_working: bool,
    models: &[service::ModelStatus],
    hotkeys: &[HotkeyStatus],
) -> (AppState, Option<String>) {
    let wanted = wanted_model(models);
    let (rest, detail) = match wanted {
        None => (AppState::Degraded, Some("no model is installed".to_owned())),
        Some(model) => model_trouble(model)
            .or_else(|| hotkey_trouble(hotkeys))
            .map(|trouble| (AppState::Degraded, Some(trouble)))
            .unwrap_or_else(|| model_progress(model)),
    };
    match () {
        () if is_paused => (AppState::Paused, None),
        () if is_working => (AppState::Working, detail),
        () => (rest, detail),
    }
}

/// The model that the next request will probably go to: the pinned one, or else the default.
pub(crate) fn wanted_model(models: &[service::ModelStatus]) -> Option<&service::ModelStatus> {
    let pinned = models.iter().find(|model| model.is_pinned);
    pinned.or_else(|| models.iter().find(|model| model.is_default)).or_else(|| models.first())
}

fn model_trouble(model: &service::ModelStatus) -> Option<String> {
    match (&model.state, model.is_admitted) {
        (service::ModelState::Failed { .. }, _) => {
            Some(format!("{} could not be loaded", model.name))
        }
        (_, false) => Some(format!("{} failed too often and rests", model.name)),
        _ => None,
    }
}

fn hotkey_trouble(hotkeys: &[HotkeyStatus]) -> Option<String> {
    let taken = hotkeys.iter().find(|hotkey| hotkey.state == HotkeyState::Taken)?;
    Some(format!("another program holds {}", taken.keys))
}

fn model_progress(model: &service::ModelStatus) -> (AppState, Option<String>) {
    match model.state {
        service::ModelState::Queued | service::ModelState::Loading => {
            (AppState::Loading, Some(format!("loading {}", model.name)))
        }
        _ => (AppState::Ready, None),
    }
}

/// The models window. `own` is the folder of the models that the user installed, which may be removed; `dirs` says
/// where each model is, `remote` which of them are none of this machine's.
pub(crate) fn models(
    status: &service::Status,
    dirs: &service::ModelRegistry,
    own: &Path,
    remote: &Remote,
) -> Models {
    let active = wanted_model(&status.models).map(|model| &model.id);
    let info = |model: &service::ModelStatus| {
        let dir = dirs.get(&model.id).map(|installed| installed.dir.as_path());
        let is_removable = dir.is_some_and(|dir| dir.parent() == Some(own)) && !model.is_default;
        let remote = remote_form::info(remote, &model.id);
        ModelInfo {
            is_active: active == Some(&model.id),
            is_removable,
            remote,
            ..model_info(model)
        }
    };
    let mut models: Vec<_> = status.models.iter().collect();
    models.sort_by_key(|model| !model.is_default);
    Models {
        models: models.into_iter().map(info).collect(),
        pinned: status
            .models
            .iter()
            .find(|model| model.is_pinned)
            .map(|model| model.id.to_string()),
        memory: MemoryInfo { budget_bytes: status.budget_bytes, resident_bytes: status.used_bytes },
    }
}

fn model_info(model: &service::ModelStatus) -> ModelInfo {
    let error = match &model.state {
        service::ModelState::Failed { message } => Some(message.clone()),
        _ => None,
    };
    let speed = model.measured.speed.map(|speed| ModelSpeed {
        prompt_token_ms: ms(speed.encode_per_token()),
        token_ms: ms(speed.decode_per_token()),
    });
    ModelInfo {
        id: model.id.to_string(),
        name: model.name.clone(),
        size_bytes: model.disk_bytes,
        memory_bytes: model.resident_bytes.or(model.measured.resident_bytes),
        state: (&model.state).into(),
        error,
        is_pinned: model.is_pinned,
        is_active: false,
        is_removable: false,
        speed,
        threads: model.measured.threads.as_ref().map(thread_times).unwrap_or_default(),
        device_problem: model.measured.device_fallback_reason.clone(),
        quality: quality(&model.id),
        breaker: breaker(model.breaker),
        licence: spec(&model.id).map(|spec| spec.licence),
        remote: None,
    }
}

fn thread_times(choice: &ThreadChoice) -> Vec<ThreadTime> {
    let time = |(threads, time): (usize, Duration)| ThreadTime {
        n_threads: threads as u32,
        total_ms: ms(time),
        is_chosen: threads == choice.threads,
    };
    choice.times().map(time).collect()
}

fn spec(id: &service::ModelId) -> Option<service::ModelSpec> {
    service::ModelCatalog::built_in().get(id).cloned()
}

/// The catalogue's word on a model's quality; `None` where nobody measured it.
fn quality(id: &service::ModelId) -> Option<ModelQuality> {
    let service::Quality { exact_match, edit_similarity, n_cases, .. } = spec(id)?.quality?;
    Some(ModelQuality { exact_match, edit_similarity, n_cases: n_cases as u32 })
}

fn breaker(state: service::BreakerState) -> BreakerInfo {
    match state {
        service::BreakerState::Closed => {
            BreakerInfo { state: BreakerState::Closed, retry_ms: None }
        }
        service::BreakerState::HalfOpen => {
            BreakerInfo { state: BreakerState::HalfOpen, retry_ms: None }
        }
        service::BreakerState::Open { until } => {
            let wait = until.saturating_duration_since(Instant::now());
            BreakerInfo { state: BreakerState::Open, retry_ms: Some(ms(wait)) }
        }
    }
}

/// The counters, each read by `count`.
pub(crate) fn counters(count: impl Fn(Counter) -> u64) -> Counters {
    Counters {
        cache_hits: count(Counter::CacheHits),
        cache_misses: count(Counter::CacheMisses),
        breaker_trips: count(Counter::BreakerOpened),
        evictions: count(Counter::Evictions),
        stuck_runs: count(Counter::StuckRuns),
    }
}

/// A finished request as the dashboard draws it; `None` where the service was not asked.
pub(crate) fn record(report: &Report, limits: TimeLimits) -> Option<RequestRecord> {
    let completion = report.completion.as_ref()?;
    let stages = stages(report, completion);
    Some(RequestRecord {
        id: report.id,
        at_ms: unix_ms(SystemTime::now()).saturating_sub(report.times.total.as_millis() as u64),
        model: completion.source.model().map(ToString::to_string),
        source: source(&completion.source),
        sent_to: completion.sent_to.as_ref().map(ToString::to_string),
        mode: report.mode.into(),
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

/// The stages, with what none of them holds, so that they add up to the total.
fn stages(report: &Report, completion: &service::Completion) -> Stages {
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

fn source(source: &service::CompletionSource) -> CompletionSource {
    match source {
        service::CompletionSource::Model(_) => CompletionSource::Model,
        service::CompletionSource::Remote(_) => CompletionSource::Remote,
        service::CompletionSource::Cache(_) => CompletionSource::Cache,
        service::CompletionSource::Copy => CompletionSource::Copy,
        service::CompletionSource::Brackets => CompletionSource::Brackets,
        service::CompletionSource::None => CompletionSource::Nothing,
    }
}

fn finish(report: &Report, completion: &service::Completion) -> Finish {
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

/// Milliseconds with their fractions.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Milliseconds since 1970.
pub(crate) fn unix_ms(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests;
