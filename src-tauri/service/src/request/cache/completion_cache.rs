//! [`CompletionCache`]: completions of contexts that were completed before.
//!
//! The key is a digest of everything that decides the answer: both sides of the cursor as the
//! models get them, language, mode and limits. So any edit that a model could see misses, and a
//! digest tells nothing of the code. The answer's model is not part of the key: the same model's
//! answer is as good as a run, another model's is a fallback.
//!
//! It lives in memory; [`save`](CompletionCache::save) is called only if the user wants it kept.

use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

use lru::LruCache;

use super::key::CacheKey;
use pounce_models::catalog::ModelId;

/// The most entries, however short they are: more are not worth their bookkeeping.
const MAX_ENTRIES: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
/// Bytes that an entry takes besides its text: key, times, links.
const ENTRY_BYTES: usize = 160;

/// A remembered completion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cached {
    /// The text of the completion.
    pub(crate) text: String,
    /// The model that made it.
    pub(crate) model: ModelId,
    /// How probable it was that it is right, 0 to 1; `None` if its model did not tell.
    pub(crate) probability: Option<f64>,
    /// When it was remembered; wall time, since an earlier run of the program may have written it.
    pub(crate) stored: SystemTime,
}

/// How many completions are remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CacheLimits {
    /// Bytes of all entries; 0 remembers nothing.
    pub(crate) max_bytes: usize,
    /// Age of each entry.
    pub(crate) max_age: Duration,
}

/// An LRU of completions, limited by bytes and age.
#[derive(Debug)]
pub(crate) struct CompletionCache {
    limits: CacheLimits,
    pub(super) entries: LruCache<CacheKey, Cached>,
    size_bytes: usize,
}

impl CompletionCache {
    /// An empty cache.
    pub(crate) fn new(limits: CacheLimits) -> Self {
        Self { limits, entries: LruCache::new(MAX_ENTRIES), size_bytes: 0 }
    }

    /// The remembered completion of a context, if it is not too old at `now`.
    pub(crate) fn get(&mut self, key: &CacheKey, now: SystemTime) -> Option<&Cached> {
        let is_old = self.entries.peek(key).is_some_and(|cached| self.is_old(cached, now));
        if is_old {
            self.remove(key);
        }
        self.entries.get(key)
    }

    /// Remembers a completion; the least recently used ones make room.
    pub(crate) fn put(&mut self, key: CacheKey, cached: Cached) {
        if size_of(&cached) > self.limits.max_bytes {
            return;
        }
        self.size_bytes += size_of(&cached);
        // `push` gives back what it replaces: the same key's entry, or the oldest of too many.
        if let Some((_, replaced)) = self.entries.push(key, cached) {
            self.size_bytes -= size_of(&replaced);
        }
        self.shrink();
    }

    /// Forgets what is too old at `now`.
    pub(crate) fn expire(&mut self, now: SystemTime) {
        let old: Vec<CacheKey> = self
            .entries
            .iter()
            .filter(|(_, cached)| self.is_old(cached, now))
            .map(|(key, _)| *key)
            .collect();
        old.iter().for_each(|key| self.remove(key));
    }

    /// Changes the limits and forgets what is beyond them.
    pub(crate) fn set_limits(&mut self, limits: CacheLimits, now: SystemTime) {
        self.limits = limits;
        self.expire(now);
        self.shrink();
    }

    /// Forgets what one model completed.
    pub(crate) fn forget(&mut self, model: &ModelId) {
        let of_it = self.entries.iter().filter(|(_, cached)| cached.model == *model);
        let keys: Vec<CacheKey> = of_it.map(|(key, _)| *key).collect();
        keys.iter().for_each(|key| self.remove(key));
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.size_bytes = 0;
    }

    /// How many completions are remembered.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that they take.
    pub(crate) fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    fn is_old(&self, cached: &Cached, now: SystemTime) -> bool {
        // A clock that was set back makes entries of the future: those are not old.
        now.duration_since(cached.stored).is_ok_and(|age| age > self.limits.max_age)
    }

    fn remove(&mut self, key: &CacheKey) {
        if let Some(removed) = self.entries.pop(key) {
            self.size_bytes -= size_of(&removed);
        }
    }

    fn shrink(&mut self) {
        while self.size_bytes > self.limits.max_bytes {
            let Some((_, oldest)) = self.entries.pop_lru() else { break };
            self.size_bytes -= size_of(&oldest);
        }
    }
}

fn size_of(cached: &Cached) -> usize {
    ENTRY_BYTES + cached.text.len()
}

#[cfg(test)]
mod tests;
