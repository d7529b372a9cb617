//! [`LoadMeasurement`]: what a load test measured of a model.

use std::time::Duration;

use pounce_engine::{Device, Generation};

use crate::calibration::Profile;
use pounce_models::registry::InstalledModel;

/// What loading a model and completing once with it showed.
#[derive(Debug)]
pub(crate) struct LoadMeasurement {
    /// Growth of the process.
    pub(crate) resident_bytes: u64,
    /// Time until the model could complete.
    pub(crate) load: Duration,
    /// The completion; `None` if it failed.
    pub(crate) run: Option<Generation>,
}

impl LoadMeasurement {
    /// Adds the measurement to the profile of this machine.
    pub(crate) fn record_in(&self, profile: &mut Profile, model: &InstalledModel) {
        // A model seems small where the allocator reuses what an earlier one left.
        let resident_bytes = self.resident_bytes.max(model.disk_bytes / 2);
        // So that the first load does not take the speed for one with other threads.
        profile.begin_load(model, Device::Cpu);
        profile.note_load(model, resident_bytes, self.load);
        if let Some(run) = &self.run {
            profile.note_run(model, run);
        }
    }
}
