//! [`FileBooks`]: memory and measurements for a program without a service.

use std::path::PathBuf;

use super::trial::{Books, Trial};
use crate::calibration::Profile;
use crate::memory::{MemoryProbe, SystemProbe, budget_bytes};
use crate::paths::Paths;
use crate::registry::InstalledModel;

/// What the machine has free, and the profile in the data folder.
pub(super) struct FileBooks {
    profile: PathBuf,
    threads: usize,
    probe: SystemProbe,
}

impl FileBooks {
    pub(super) fn new(paths: &Paths, threads: usize) -> Self {
        Self { profile: paths.profile_file(), threads, probe: SystemProbe::default() }
    }
}

impl Books for FileBooks {
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

    fn note(&self, model: &InstalledModel, trial: &Trial) {
        let mut profile = Profile::load(&self.profile, self.threads);
        trial.enter_into(&mut profile, model);
        if let Err(error) = profile.save(&self.profile) {
            tracing::warn!(file = %self.profile.display(), %error, "measurements were not written");
        }
    }
}
