//! Locks for the data that threads share. They ignore poisoning: a panic in one thread ends the
//! whole model, so that no one reads what it left half done.
//!
//! In the encoder these locks are never contended: the order of the phases already keeps the
//! threads apart, and the locks prove it to the compiler. In the decoder they also end a step: a
//! thread may still be reading the values of the last barrier when the next step is prepared, and
//! preparing it waits for that thread's lock.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
