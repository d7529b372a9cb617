//! [`CompletionStore`]: what a running service remembers of its completions, shared by its parts.

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use pounce_engine::RecentCompletions;

use super::completion_cache::{CacheLimits, Cached, CompletionCache};
use super::key::CacheKey;
use super::recent_completions::RecentCompletionStore;
use pounce_models::catalog::ModelId;
use pounce_models::registry::InstalledModel;
use pounce_models::sync::lock;

/// Answers by their context, and what each model completed last. Both are forgotten together.
#[derive(Debug)]
pub(crate) struct CompletionStore {
    cache: Mutex<CompletionCache>,
    recent: Mutex<RecentCompletionStore>,
}

impl CompletionStore {
    /// An empty store.
    pub(crate) fn new(limits: CacheLimits) -> Self {
        Self { cache: CompletionCache::new(limits).into(), recent: Mutex::default() }
    }

    /// The remembered answer to a context, if it is not too old.
    pub(crate) fn recall(&self, key: &CacheKey) -> Option<Cached> {
        lock(&self.cache).get(key, SystemTime::now()).cloned()
    }

    /// Remembers the answer to a context.
    pub(crate) fn remember(&self, key: CacheKey, answer: Cached) {
        lock(&self.cache).put(key, answer);
    }

    /// What `model` has completed last, for its next run to read and add to.
    pub(crate) fn recent_of(&self, model: &InstalledModel) -> RecentCompletions {
        lock(&self.recent).of(model)
    }

    /// Forgets the answers of one model.
    pub(crate) fn forget_answers_of(&self, model: &ModelId) {
        lock(&self.cache).forget(model);
    }

    /// Forgets what the models completed last, but not the answers.
    pub(crate) fn clear_recent(&self) {
        lock(&self.recent).clear();
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        lock(&self.cache).clear();
        self.clear_recent();
    }

    /// Forgets what is too old.
    pub(crate) fn expire(&self, max_age: Duration) {
        lock(&self.cache).expire(SystemTime::now());
        lock(&self.recent).expire(max_age);
    }

    /// Changes the limits of the answers and forgets what is beyond them.
    pub(crate) fn set_limits(&self, limits: CacheLimits) {
        lock(&self.cache).set_limits(limits, SystemTime::now());
    }

    /// How many answers are remembered, and the bytes that they take.
    pub(crate) fn size(&self) -> (usize, usize) {
        let cache = lock(&self.cache);
        (cache.len(), cache.size_bytes())
    }

    /// Adds the answers that the `installed` models gave in an earlier run, which kept them in `file`.
    pub(crate) fn restore(&self, file: &Path, installed: &[InstalledModel]) {
        lock(&self.cache).restore(file, installed, SystemTime::now());
    }

    /// Writes the answers of the `installed` models to `file`, readable by its owner only.
    ///
    /// # Errors
    /// The error of the file system.
    pub(crate) fn save(&self, file: &Path, installed: &[InstalledModel]) -> io::Result<()> {
        lock(&self.cache).save(file, installed)
    }
}
