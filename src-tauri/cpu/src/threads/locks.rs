//! Locks for what threads share. A panic in one of them ends the model, so that what it leaves half done is never
//! looked at.
//!
//! In the encoder nobody ever waits for them: they say to the compiler what the order of the work says already. In the
//! decoder they end a step: a thread may still read what the last meeting was about when the next step is prepared,
//! and preparing it waits for the thread's lock.

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
