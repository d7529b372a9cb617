//! [`SharedProfile`]: the profile of a running service, shared by its parts.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use pounce_engine::Generation;

use super::{Measured, Profile};
use pounce_models::registry::InstalledModel;
use pounce_models::sync::{lock, spawn_blocking};

/// The profile of this machine and its file, behind one lock.
#[derive(Debug)]
pub(crate) struct SharedProfile {
    file: PathBuf,
    profile: Mutex<Profile>,
}

impl SharedProfile {
    /// Reads what earlier runs measured; `threads` is the setting, 0 for automatic.
    pub(crate) fn open(file: PathBuf, threads: usize) -> Self {
        let profile = Profile::load(&file, threads).into();
        Self { file, profile }
    }

    /// What is known of a model; nothing if another version of it was measured.
    pub(crate) fn get(&self, model: &InstalledModel) -> Measured {
        lock(&self.profile).get(model)
    }

    /// See [`Profile::expected_bytes`].
    pub(crate) fn expected_bytes(&self, model: &InstalledModel) -> u64 {
        lock(&self.profile).expected_bytes(model)
    }

    /// Learns a model's speed from a run.
    pub(crate) fn note_run(&self, model: &InstalledModel, run: &Generation) {
        lock(&self.profile).note_run(model, run);
    }

    /// Changes figures under one lock.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Profile) -> T) -> T {
        change(&mut lock(&self.profile))
    }

    /// Learns what another process has written to the file.
    pub(crate) async fn reload(&self) {
        let (file, threads) = (self.file.clone(), lock(&self.profile).threads());
        let written = spawn_blocking(move || Profile::load(&file, threads)).await;
        lock(&self.profile).merge(written);
    }

    /// Writes the measurements, beside those that another process has written meanwhile.
    pub(crate) async fn save(&self) -> io::Result<()> {
        let (file, profile) = (self.file.clone(), lock(&self.profile).clone());
        spawn_blocking(move || profile.save(&file)).await
    }
}
