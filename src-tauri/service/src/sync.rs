//! [`lock`]: how the crate takes a mutex.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock. A panic leaves none of the values half changed, so a poisoned one is fine.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
