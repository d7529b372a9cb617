//! [`lock`]: the shell's way to lock a mutex.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex` even if another thread panicked while holding it: no value in the shell is ever left half written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
