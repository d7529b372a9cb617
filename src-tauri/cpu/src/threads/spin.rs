//! Waiting in a loop instead of sleeping: what these threads wait for takes less time than waking a
//! thread.

use std::sync::atomic::{AtomicBool, Ordering};

/// Checks, of a few nanoseconds each, after which a waiting thread offers its core to others or
/// looks at the clock.
pub(super) const SPINS_PER_YIELD: u32 = 2_000;

/// Waits until `is_done` returns true. Returns false if `is_aborted` is set first, because the
/// threads that would have made it true have stopped.
pub(super) fn wait_until(is_done: impl Fn() -> bool, is_aborted: &AtomicBool) -> bool {
    let mut spins = 0_u32;
    while !is_done() {
        if is_aborted.load(Ordering::Relaxed) {
            return false;
        }
        spins = spins.wrapping_add(1);
        if spins.is_multiple_of(SPINS_PER_YIELD) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
    true
}

/// Sets the flag if its thread panics, so that other threads do not wait for that one forever.
pub(super) struct AbortOnPanic<'a>(pub(super) &'a AtomicBool);

impl Drop for AbortOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
