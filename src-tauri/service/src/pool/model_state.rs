//! [`ModelState`]: where a model is on its way into memory, and [`UnloadReason`]: why it left.

use serde::Serialize;

/// Where a model is on its way into memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ModelState {
    /// Not in memory.
    #[default]
    Absent,
    /// Waits for other models to be loaded.
    Queued,
    /// Being loaded and warmed up.
    Loading,
    /// Ready: its first request is as fast as its tenth.
    Warm,
    /// It could not be loaded.
    Failed {
        /// Why, and what to do.
        #[serde(rename = "error")]
        message: String,
    },
}

impl ModelState {
    /// The name in logs, which is also that of the windows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Queued => "queued",
            Self::Loading => "loading",
            Self::Warm => "warm",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Why a model was unloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnloadReason {
    /// Another model needed its memory.
    Evicted,
    /// It was not used for the time that the settings allow.
    Idle,
    /// The machine was short of memory.
    Pressure,
    /// The user unloaded it, or changed how models are loaded.
    Asked,
    /// It panicked.
    Crashed,
    /// A run of it never came back; its thread and memory are lost.
    Lost,
    /// It turned out larger than the memory that models may take.
    TooLarge,
}
