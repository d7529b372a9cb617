//! [`InstallProgress`]: how far an installation is.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::catalog::ModelId;
use crate::units::ms;

/// What an installation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum InstallStep {
    /// Comparing names, sizes and free space with what is needed.
    Checking,
    /// Downloading files.
    Downloading,
    /// Comparing checksums.
    Verifying,
    /// Writing graphs and weights.
    Converting,
    /// Loading the model once and measuring its speed.
    Calibrating,
    /// Moving the model to its place.
    Finishing,
}

impl InstallStep {
    /// The step's name in the windows' messages: `downloading`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checking => "checking",
            Self::Downloading => "downloading",
            Self::Verifying => "verifying",
            Self::Converting => "converting",
            Self::Calibrating => "calibrating",
            Self::Finishing => "finishing",
        }
    }
}

/// How far an installation is. All bytes are those of the current step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(rename = "InstallInfo"))]
pub struct InstallProgress {
    /// The model that is being installed.
    pub id: ModelId,
    /// The model's name in the catalogue, or its id.
    pub name: String,
    /// The current step.
    pub step: InstallStep,
    /// Bytes that are done.
    pub done_bytes: u64,
    /// Bytes in all; `None` if that is not known.
    pub total_bytes: Option<u64>,
    /// Speed over the last five seconds; `None` until bytes have moved.
    pub bytes_per_second: Option<u64>,
    /// Time until the step ends at that speed; `None` if speed or total are not known.
    #[serde(rename = "time_left_ms", serialize_with = "in_ms")]
    #[cfg_attr(feature = "ts", ts(rename = "time_left_ms", type = "number | null"))]
    pub time_left: Option<Duration>,
    /// The file that is being worked on.
    #[serde(skip)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub file: Option<String>,
    /// Why nothing moves, for the user.
    pub note: Option<String>,
}

impl InstallProgress {
    /// The beginning of a step of `total_bytes`.
    pub fn new(id: ModelId, name: String, step: InstallStep, total_bytes: Option<u64>) -> Self {
        Self {
            id,
            name,
            step,
            done_bytes: 0,
            total_bytes,
            bytes_per_second: None,
            time_left: None,
            file: None,
            note: None,
        }
    }

    /// Records bytes that are done, and the time that the rest takes at this speed.
    pub(super) fn reach(&mut self, done_bytes: u64, bytes_per_second: Option<u64>) {
        self.done_bytes = done_bytes;
        self.bytes_per_second = bytes_per_second;
        self.time_left = self.time_left();
        self.note = None;
    }

    fn time_left(&self) -> Option<Duration> {
        let left = self.total_bytes?.saturating_sub(self.done_bytes);
        let speed = self.bytes_per_second.filter(|speed| *speed > 0)?;
        Some(Duration::from_secs_f64(left as f64 / speed as f64))
    }
}

fn in_ms<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(ms).serialize(serializer)
}
