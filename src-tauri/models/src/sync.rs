//! Locks, and work that blocks.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`. A poisoned one is fine: no value that Pounce locks is left half changed by a
/// panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work that may block (syncing a file, joining a thread, trimming the heap, reading `/proc`)
/// on a thread of its own instead of the tasks that answer requests. Such work is quick on an idle
/// machine; on a busy one, files that tasks synced themselves delayed an answer by 11 s.
pub async fn spawn_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("the work does not panic and is never aborted")
}
