//! [`Profile`]: how fast and how large each model is on this machine, kept between runs.
//!
//! Speeds are running averages over real runs; a size is the growth of the process when the model was
//! loaded and warmed up; threads are chosen by timing a few numbers of them. All of it belongs to one
//! version of one model on one machine: where either is another, the entry is forgotten. A speed
//! belongs to a number of threads, too.
//!
//! The file is shared by the app and the command line. Each writes what it has measured itself and
//! leaves the rest as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use pounce_engine::{Device, Generation, LoadOptions, PromptForm};
use serde::{Deserialize, Serialize};

use super::speed::{Speed, speed_of, speed_of_server};
use super::threads::ThreadChoice;
use crate::assessment::Assessment;
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;
use pounce_models::storage;

/// Bytes that a model is expected to take besides its weights, before its size was measured.
pub(crate) const BUFFER_BYTES: u64 = 32 << 20;

/// What was measured of one model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The version that was measured.
    fingerprint: String,
    /// `None` before the first run.
    pub speed: Option<Speed>,
    /// Bytes by which the process grew when it was loaded; `None` before the first load.
    pub resident_bytes: Option<u64>,
    /// How long loading and warming up took last; `None` before the first load.
    pub load_ms: Option<u64>,
    /// The number of threads that it is fastest with; `None` before that was measured.
    #[serde(default)]
    pub threads: Option<ThreadChoice>,
    /// How it is asked best, how good and how sure it is; `None` before that was measured.
    #[serde(default)]
    pub assessment: Option<Assessment>,
    /// Why the last load fell back to another device than the settings ask for; `None` if it did not.
    #[serde(default)]
    pub device_fallback_reason: Option<String>,
    /// Threads and device that `speed` was measured with; empty before the first load.
    #[serde(default)]
    loaded_as: String,
}

/// What was measured of all models on one machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The processor that was measured.
    machine: String,
    /// The setting of threads; 0 is automatic.
    #[serde(default)]
    threads: usize,
    models: BTreeMap<ModelId, Measured>,
    /// Models that were measured since the profile was read. For all others the file is newer.
    #[serde(skip)]
    own: BTreeSet<ModelId>,
}

impl Profile {
    /// An empty profile of this machine with models of `threads` threads (0 is automatic).
    pub fn new(threads: usize) -> Self {
        Self { machine: machine(), threads, ..Self::default() }
    }

    /// Reads the profile of an earlier run; an empty one if there is none for this machine.
    pub fn load(file: &Path, threads: usize) -> Self {
        let mut profile = Self::new(threads);
        profile.merge(storage::read_json(file).unwrap_or_default());
        profile
    }

    /// Applies a changed setting, and forgets speeds with other threads. Sizes and choices stay.
    pub fn set_threads(&mut self, threads: usize) {
        if threads != self.threads {
            self.threads = threads;
            self.models.values_mut().for_each(|measured| measured.speed = None);
        }
    }

    /// The setting of threads that it was made with; 0 is automatic.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// How to load a model now: with the threads of the setting, else with those that it is fastest
    /// with. Its speed with another number, or on another device, is forgotten.
    pub fn begin_load(&mut self, model: &InstalledModel, device: Device) -> LoadOptions {
        let choice = self.get(model).threads.filter(|_| self.threads == 0);
        let options = LoadOptions {
            threads: choice.as_ref().map_or(self.threads, |choice| choice.threads),
            prefers_shared_threads: choice.is_some(),
            device,
            ..LoadOptions::default()
        };
        let loaded_as = format!("{} threads, {device}", options.n_threads());
        // Nothing is measured yet, so the entry does not count as this process' own.
        let measured = self.entry(model);
        if measured.loaded_as != loaded_as {
            measured.loaded_as = loaded_as;
            measured.speed = None;
        }
        options
    }

    /// Keeps why a model runs on another device than the settings ask for; `None` if it does not.
    pub fn note_device_fallback(&mut self, model: &InstalledModel, reason: Option<String>) {
        self.own_entry(model).device_fallback_reason = reason;
    }

    /// Keeps the chosen number of threads for the next load.
    pub fn note_threads(&mut self, model: &InstalledModel, choice: ThreadChoice) {
        self.own_entry(model).threads = Some(choice);
    }

    /// Keeps what an assessment showed.
    pub fn note_assessment(&mut self, model: &InstalledModel, assessment: Assessment) {
        self.own_entry(model).assessment = Some(assessment);
    }

    /// Takes over what another process has measured on this machine, for models that this one has not
    /// measured.
    pub(crate) fn merge(&mut self, mut written: Self) {
        if written.machine == self.machine {
            written.set_threads(self.threads);
            for (id, theirs) in written.models {
                match self.models.get_mut(&id).filter(|_| self.own.contains(&id)) {
                    Some(ours) => ours.complete(theirs),
                    None => drop(self.models.insert(id, theirs)),
                }
            }
        }
    }

    /// Writes the profile, replacing the file in one step. What another process has measured meanwhile
    /// stays.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn save(&self, file: &Path) -> std::io::Result<()> {
        let _held = storage::lock_for_update(file)?;
        let mut merged = self.clone();
        merged.merge(storage::read_json(file).unwrap_or_default());
        storage::write_json(file, &merged)
    }

    /// What was measured of a model; nothing if that was another version of it.
    pub fn get(&self, model: &InstalledModel) -> Measured {
        let known =
            self.models.get(&model.id).filter(|known| known.fingerprint == model.fingerprint);
        known.cloned().unwrap_or_default()
    }

    /// Bytes that a model is expected to take: its measured size, else twice its files (ONNX Runtime
    /// packs the weights into a second copy) and its buffers; 0 for a server. The embedded model has
    /// 53 MB of files and takes 139 in use. A model that turns out larger is caught after loading.
    pub fn expected_bytes(&self, model: &InstalledModel) -> u64 {
        if model.remote.is_some() {
            return 0;
        }
        self.get(model).resident_bytes.unwrap_or(model.disk_bytes * 2 + BUFFER_BYTES)
    }

    /// Keeps how long loading took and by how many bytes the process grew. The largest size ever seen
    /// counts: a second load reuses memory that the allocator has kept, and seems smaller.
    pub fn note_load(&mut self, model: &InstalledModel, resident_bytes: u64, took: Duration) {
        let measured = self.own_entry(model);
        let largest =
            measured.resident_bytes.map_or(resident_bytes, |known| known.max(resident_bytes));
        measured.resident_bytes = Some(largest);
        measured.load_ms = Some(took.as_millis() as u64);
    }

    /// Learns a model's speed from a run.
    pub fn note_run(&mut self, model: &InstalledModel, run: &Generation) {
        let measured = self.own_entry(model);
        let newest = match model.remote {
            Some(_) => speed_of_server(run),
            None => speed_of(run, measured.speed),
        };
        let Some(newest) = newest else { return };
        match &mut measured.speed {
            Some(speed) => speed.average(newest),
            None => measured.speed = Some(newest),
        }
    }

    /// The entry of a model that this process measures.
    fn own_entry(&mut self, model: &InstalledModel) -> &mut Measured {
        self.own.insert(model.id.clone());
        self.entry(model)
    }

    fn entry(&mut self, model: &InstalledModel) -> &mut Measured {
        let measured = self.models.entry(model.id.clone()).or_default();
        if measured.fingerprint != model.fingerprint {
            *measured = Measured { fingerprint: model.fingerprint.clone(), ..Measured::default() };
        }
        measured
    }
}

impl Measured {
    /// The form in which the model is asked best, as far as that was measured.
    pub fn form(&self) -> PromptForm {
        self.assessment.as_ref().map(|assessment| assessment.form).unwrap_or_default()
    }

    /// Takes from another process what this one has not measured, if both loaded the same version in
    /// the same way.
    fn complete(&mut self, theirs: Self) {
        if self.fingerprint == theirs.fingerprint {
            let is_alike = self.loaded_as == theirs.loaded_as;
            self.speed = self.speed.or(theirs.speed.filter(|_| is_alike));
            self.threads = self.threads.take().or(theirs.threads);
            self.assessment = self.assessment.take().or(theirs.assessment);
        }
    }
}

/// The processor and its number of cores, on which speed depends besides model and threads.
fn machine() -> String {
    let only_names = sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing());
    let system = sysinfo::System::new_with_specifics(only_names).ok();
    let cpu = system
        .as_ref()
        .and_then(|system| system.cpus().first())
        .map_or("unknown", |cpu| cpu.brand());
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cpu}, {n_cores} cores")
}

#[cfg(test)]
mod tests;
