//! How fast the installed models are on this machine. The calibration is also kept on disk in this form.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// The answer to `query_calibration` and `do_calibrate`: which installed models meet the target on this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct Calibration {
    /// When it was measured; `None` if it never was, and `rows` is empty.
    pub(crate) at_ms: Option<u64>,
    /// One row for each model.
    pub(crate) rows: Vec<CalibrationRow>,
}

/// The measurement of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(export))]
pub(crate) struct CalibrationRow {
    /// The model's id.
    pub(crate) model: String,
    /// The median time of a single-line completion; `None` if the model could not be measured.
    pub(crate) total_ms: Option<f64>,
    /// Whether `total_ms` is within the target.
    pub(crate) meets_target: bool,
    /// Why the model could not be measured; `None` if it was.
    pub(crate) error: Option<String>,
}
