//! What is remembered of earlier completions: answers by their context, and what each model wrote
//! last.

mod completion_cache;
mod completion_store;
mod disk;
mod key;
mod recent_completions;

pub use key::CacheKey;

pub(crate) use completion_cache::{CacheLimits, Cached};
pub(crate) use completion_store::CompletionStore;
