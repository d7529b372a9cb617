//! The installed models, the memory they take and how fast they are here.

use serde::Serialize;
#[cfg(test)]
use ts_rs::TS;

/// The answer to `query_models`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct Models {
    /// Every installed model, the one that came with the app first.
    pub models: Vec<ModelInfo>,
    /// The model that the user pinned; `None` where the router chooses.
    pub pinned: Option<String>,
    /// What the resident models may take together and take now.
    pub memory: MemoryInfo,
}

/// The payload of the event `model_state`: one model's state has changed, so `query_models` has a new answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct ModelStateChange {
    /// The model's id.
    pub id: String,
    /// Its state now.
    pub state: ModelState,
}

/// One installed model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct ModelInfo {
    /// Its id, which commands take.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The names of the languages that it knows; empty where its manifest does not say.
    pub languages: Vec<String>,
    /// Its licence as its manifest names it; `None` where it does not.
    pub licence: Option<String>,
    /// Its size on disk.
    pub size_bytes: u64,
    /// The resident memory that loading it took; `None` before it was first loaded on this machine.
    pub memory_bytes: Option<u64>,
    /// Where it stands.
    pub state: ModelState,
    /// Why it failed; `None` in any other state.
    pub error: Option<String>,
    /// Whether the user pinned it.
    pub is_pinned: bool,
    /// Whether the next request will probably go to it.
    pub is_active: bool,
    /// Whether it may be removed: the model that came with the app may not.
    pub is_removable: bool,
    /// How fast it is on this machine; `None` before it was measured.
    pub speed: Option<ModelSpeed>,
    /// How good its completions are; `None` where nobody measured it.
    pub quality: Option<ModelQuality>,
    /// Whether requests pass to it.
    pub breaker: BreakerInfo,
}

/// Where a model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub enum ModelState {
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
pub struct ModelSpeed {
    /// Reading one token of the snippet.
    pub prompt_token_ms: f64,
    /// Writing one token of the completion.
    pub token_ms: f64,
}

/// A model's quality on held-out single-line completions, from its manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct ModelQuality {
    /// The share that is right to the character, 0 to 1.
    pub exact_match: f64,
    /// The mean edit similarity, 0 to 1.
    pub edit_similarity: f64,
}

/// Bytes allowed and bytes used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct MemoryInfo {
    /// What resident models may take together.
    pub budget_bytes: u64,
    /// What they take now.
    pub resident_bytes: u64,
}

/// A model's circuit breaker.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct BreakerInfo {
    /// Whether requests pass.
    pub state: BreakerState,
    /// With [`BreakerState::Open`], how long until the next attempt.
    pub retry_ms: Option<f64>,
}

/// Whether requests pass to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(export))]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// It failed too often; requests go elsewhere.
    Open,
    /// One request is let through to see whether it works again.
    HalfOpen,
}

/// The answer to `query_calibration` and `do_calibrate`: which installed models meet the target on this machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct Calibration {
    /// When it was run; `None` where it never was, and `rows` is empty.
    pub at_ms: Option<u64>,
    /// One row a model.
    pub rows: Vec<CalibrationRow>,
}

/// How one model did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub struct CalibrationRow {
    /// The model's id.
    pub model: String,
    /// The median time of a whole single-line completion; `None` where the model could not be measured.
    pub total_ms: Option<f64>,
    /// Whether that is within the target.
    pub meets_target: bool,
    /// Why it could not be measured; `None` where it was.
    pub error: Option<String>,
}
