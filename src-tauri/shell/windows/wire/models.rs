//! The installed models, the memory they take and how fast they are here.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::RemoteInfo;

/// The answer to `query_models`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Models {
    /// Every installed model, the one that came with the app first.
    pub(crate) models: Vec<ModelInfo>,
    /// The model that the user pinned; `None` where the router chooses.
    pub(crate) pinned: Option<String>,
    /// What the resident models may take together and take now.
    pub(crate) memory: MemoryInfo,
}

/// The payload of the event `model_state`: one model's state has changed, so `query_models` has a new answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ModelStateChange {
    /// The model's id.
    pub(crate) id: String,
    /// Its state now.
    pub(crate) state: ModelState,
}

/// One installed model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ModelInfo {
    /// Its id, which commands take.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) name: String,
    /// Its size on disk.
    pub(crate) size_bytes: u64,
    /// The resident memory that loading it took; `None` before it was first loaded on this machine.
    pub(crate) memory_bytes: Option<u64>,
    /// Where it stands.
    pub(crate) state: ModelState,
    /// Why it failed; `None` in any other state.
    pub(crate) error: Option<String>,
    /// Whether the user pinned it.
    pub(crate) is_pinned: bool,
    /// Whether the next request will probably go to it.
    pub(crate) is_active: bool,
    /// Whether it may be removed: the model that came with the app may not.
    pub(crate) is_removable: bool,
    /// How fast it is on this machine; `None` before it was measured.
    pub(crate) speed: Option<ModelSpeed>,
    /// What a typical completion takes with each number of threads, fewest first; empty before that was measured.
    pub(crate) threads: Vec<ThreadTime>,
    /// Why it runs on the processor although the settings ask for a GPU; `None` where nothing is wrong.
    pub(crate) device_problem: Option<String>,
    /// How good its completions are; `None` where nobody measured it.
    pub(crate) quality: Option<ModelQuality>,
    /// Whether requests pass to it.
    pub(crate) breaker: BreakerInfo,
    /// The licence of its weights, as an SPDX identifier; `None` for a model that the catalogue does not know.
    pub(crate) licence: Option<String>,
    /// Where it runs; `None` for a model of this machine.
    pub(crate) remote: Option<RemoteInfo>,
}

/// Where a model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum ModelState {
    /// On the disk only.
    Absent,
    /// Waits for its turn to be loaded.
    Queued,
    /// Being loaded and warmed up.
    Loading,
    /// In memory and as fast as it gets.
    Warm,
    /// Could not be loaded.
    Failed,
}

/// A model's speed as measured on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ModelSpeed {
    /// Reading one token of the snippet.
    pub(crate) prompt_token_ms: f64,
    /// Writing one token of the completion.
    pub(crate) token_ms: f64,
}

/// What a typical completion takes with so many threads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ThreadTime {
    /// The threads.
    pub(crate) n_threads: u32,
    /// The time.
    pub(crate) total_ms: f64,
    /// Whether the next start uses so many, if the user leaves that to the app.
    pub(crate) is_chosen: bool,
}

/// A model's quality on held-out single-line completions, from the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct ModelQuality {
    /// The share that is right to the character, 0 to 1.
    pub(crate) exact_match: f64,
    /// The mean edit similarity, 0 to 1.
    pub(crate) edit_similarity: f64,
    /// The completions it was measured on.
    pub(crate) n_cases: u32,
}

/// Bytes allowed and bytes used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct MemoryInfo {
    /// What resident models may take together.
    pub(crate) budget_bytes: u64,
    /// What they take now.
    pub(crate) resident_bytes: u64,
}

/// A model's circuit breaker.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct BreakerInfo {
    /// Whether requests pass.
    pub(crate) state: BreakerState,
    /// With [`BreakerState::Open`], how long until the next attempt.
    pub(crate) retry_ms: Option<f64>,
}

/// Whether requests pass to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) enum BreakerState {
    /// Requests pass.
    Closed,
    /// It failed too often; requests go elsewhere.
    Open,
    /// One request is let through to see whether it works again.
    HalfOpen,
}

/// The answer to `query_calibration` and `do_calibrate`: which installed models meet the target on this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Calibration {
    /// When it was run; `None` where it never was, and `rows` is empty.
    pub(crate) at_ms: Option<u64>,
    /// One row a model.
    pub(crate) rows: Vec<CalibrationRow>,
}

/// How one model did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct CalibrationRow {
    /// The model's id.
    pub(crate) model: String,
    /// The median time of a single-line completion; `None` where the model could not be measured.
    pub(crate) total_ms: Option<f64>,
    /// Whether that is within the target.
    pub(crate) meets_target: bool,
    /// Why it could not be measured; `None` where it was.
    pub(crate) error: Option<String>,
}
