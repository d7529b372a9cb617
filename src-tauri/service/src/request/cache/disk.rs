//! Writing the completion cache to the disk and reading it again, for users who turned that on.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::completion_cache::{Cached, CompletionCache};
use super::key::CacheKey;
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;
use pounce_models::storage;

/// One completion as the file has it.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: CacheKey,
    text: String,
    model: ModelId,
    /// The fingerprint of the model's files. A file of an earlier version has none.
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    probability: Option<f64>,
    stored_unix_s: u64,
}

impl CompletionCache {
    /// Writes the completions of the `installed` models to `file`, readable by its owner only.
    ///
    /// # Errors
    /// The error of the file system.
    pub(crate) fn save(&self, file: &Path, installed: &[InstalledModel]) -> io::Result<()> {
        // The least recently used first, so that reading them in turn restores the order.
        let entries = self.entries.iter().rev();
        let kept: Vec<Kept> =
            entries.filter_map(|(key, cached)| kept(*key, cached, installed)).collect();
        storage::write_json(file, &kept)
    }

    /// Adds what an earlier run kept in `file`, within the limits, if the model that wrote it is still
    /// installed with the same files. No file is no cache.
    pub(crate) fn restore(&mut self, file: &Path, installed: &[InstalledModel], now: SystemTime) {
        let kept = storage::read_json::<Vec<Kept>>(file).unwrap_or_default().into_iter();
        let is_current =
            |kept: &Kept| fingerprint(installed, &kept.model) == Some(kept.fingerprint.as_str());
        for Kept { key, text, model, probability, stored_unix_s, .. } in kept.filter(is_current) {
            // A damaged file may hold any time.
            let stored = UNIX_EPOCH.checked_add(Duration::from_secs(stored_unix_s));
            let stored = stored.unwrap_or(UNIX_EPOCH);
            self.put(key, Cached { text, model, probability, stored });
        }
        self.expire(now);
    }
}

fn kept(key: CacheKey, cached: &Cached, installed: &[InstalledModel]) -> Option<Kept> {
    let since_epoch = cached.stored.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(Kept {
        key,
        text: cached.text.clone(),
        model: cached.model.clone(),
        fingerprint: fingerprint(installed, &cached.model)?.to_owned(),
        probability: cached.probability,
        stored_unix_s: since_epoch.as_secs(),
    })
}

fn fingerprint<'a>(installed: &'a [InstalledModel], id: &ModelId) -> Option<&'a str> {
    let model = installed.iter().find(|model| model.id == *id);
    model.map(|model| model.fingerprint.as_str())
}
