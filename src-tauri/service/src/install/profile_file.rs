//! [`ProfileFile`]: memory and measurements for a program without a service.

use std::path::PathBuf;

use super::measurement::LoadMeasurement;
use super::measurement_store::MeasurementStore;
use crate::calibration::Profile;
use crate::memory::{MemoryProbe, SystemProbe, budget_bytes};
use pounce_models::paths::Paths;
use pounce_models::registry::InstalledModel;

/// The free memory of the machine, and the profile in the data folder.
pub(super) struct ProfileFile {
    profile: PathBuf,
    threads: usize,
    probe: SystemProbe,
}

impl ProfileFile {
    pub(super) fn new(paths: &Paths, threads: usize) -> Self {
        Self { profile: paths.profile_file(), threads, probe: SystemProbe::default() }
    }
}

impl MeasurementStore for ProfileFile {
    fn room_bytes(&self) -> u64 {
        budget_bytes(None, self.probe.read().headroom_bytes)
    }

    fn expected_bytes(&self, model: &InstalledModel) -> u64 {
        Profile::new(self.threads).expected_bytes(model)
    }

    fn process_bytes(&self) -> u64 {
        self.probe.read().process_bytes
    }

    fn threads(&self) -> usize {
        self.threads
    }

    fn record(&self, model: &InstalledModel, measurement: &LoadMeasurement) {
        let mut profile = Profile::load(&self.profile, self.threads);
        measurement.record_in(&mut profile, model);
        if let Err(error) = profile.save(&self.profile) {
            tracing::warn!(file = %self.profile.display(), %error, "measurements were not saved");
        }
    }
}
