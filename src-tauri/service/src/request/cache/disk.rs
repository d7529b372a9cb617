//! Writing the completion cache to the disk and reading it again, for users who turned that on.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::completion_cache::{Cached, CompletionCache};
use super::key::CacheKey;
use pounce_models::catalog::ModelId;
use pounce_models::storage;

/// One completion as the file has it.
#[derive(Serialize, Deserialize)]
struct Kept {
    key: CacheKey,
    text: String,
    model: ModelId,
    stored_unix_s: u64,
}

impl CompletionCache {
    /// Writes every completion to `file`, readable by its owner only.
    ///
    /// # Errors
    /// The error of the file system.
    pub(crate) fn save(&self, file: &Path) -> io::Result<()> {
        // The least recently used first, so that reading them in turn restores the order.
        let kept: Vec<Kept> =
            self.entries.iter().rev().map(|(key, cached)| kept(*key, cached)).collect();
        storage::write_json(file, &kept)
    }

    /// Adds what an earlier run kept in `file`, within the limits. No file is no cache.
    pub(crate) fn restore(&mut self, file: &Path, now: SystemTime) {
        for Kept { key, text, model, stored_unix_s } in
            storage::read_json::<Vec<Kept>>(file).unwrap_or_default()
        {
            // A damaged file may hold any time.
            let stored = UNIX_EPOCH.checked_add(Duration::from_secs(stored_unix_s));
            self.put(key, &text, model, stored.unwrap_or(UNIX_EPOCH));
        }
        self.expire(now);
    }
}

fn kept(key: CacheKey, cached: &Cached) -> Kept {
    let since_epoch = cached.stored.duration_since(UNIX_EPOCH).unwrap_or_default();
    Kept {
        key,
        text: cached.text.clone(),
        model: cached.model.clone(),
        stored_unix_s: since_epoch.as_secs(),
    }
}
