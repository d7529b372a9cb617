//! [`Calibration`]: which models of this machine meet the target, kept between runs.

use std::io;
use std::path::Path;
use std::time::Duration;

use pounce_models::storage;
use pounce_models::units::ms;
use serde::{Deserialize, Serialize};

/// Which installed models meet the target on this machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Calibration {
    /// When it was measured, in milliseconds since 1970; `None` if it never was, and `rows` is empty.
    pub at_ms: Option<u64>,
    /// One row for each model.
    pub rows: Vec<CalibrationRow>,
}

/// The measurement of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CalibrationRow {
    /// The model's id.
    pub model: String,
    /// The median time of a single-line completion; `None` if the model could not be measured.
    pub total_ms: Option<f64>,
    /// Whether `total_ms` is within the target.
    pub meets_target: bool,
    /// Why the model could not be measured; `None` if it was.
    pub error: Option<String>,
}

impl Calibration {
    /// The kept result; an empty one if there is none or it cannot be read.
    pub fn load(file: &Path) -> Self {
        storage::read_json(file).unwrap_or_default()
    }

    /// Replaces the kept result.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn save(&self, file: &Path) -> io::Result<()> {
        storage::write_json(file, self)
    }

    /// The result with every model compared to `target`, which may have changed since.
    #[must_use]
    pub fn judged(mut self, target: Duration) -> Self {
        for row in &mut self.rows {
            row.meets_target = row.total_ms.is_some_and(|total| total <= ms(target));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration<const N: usize>(totals: [Option<f64>; N]) -> Calibration {
        let row = |total_ms| CalibrationRow {
            model: "m".into(),
            total_ms,
            meets_target: true,
            error: None,
        };
        Calibration { at_ms: Some(1), rows: totals.map(row).into() }
    }

    #[test]
    fn models_are_compared_to_the_target_in_force() {
        let calibration = calibration([Some(80.0), Some(120.0), None]);
        let meets = |target| -> Vec<bool> {
            let judged = calibration.clone().judged(Duration::from_millis(target));
            judged.rows.iter().map(|row| row.meets_target).collect()
        };
        assert_eq!(
            meets(100),
            [true, false, false],
            "a model that was not measured does not meet it"
        );
        assert_eq!(meets(150), [true, true, false], "a longer target is met by more");
    }

    #[test]
    fn the_result_outlives_the_app() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("deep/calibration.json");
        assert_eq!(Calibration::load(&file), Calibration::default(), "none yet");
        let calibration = calibration([Some(1.5)]);
        calibration.save(&file).unwrap();
        assert_eq!(Calibration::load(&file), calibration, "as it was");
        std::fs::write(&file, "{").unwrap();
        assert_eq!(Calibration::load(&file), Calibration::default(), "a broken file is none");
    }
}
