//! Threads that wait for one another awake, because what they wait for takes less than waking them.

use std::sync::atomic::{AtomicBool, Ordering};

/// So many looks, of some nanoseconds each, before a waiting thread lets others run, or looks at the clock.
pub(crate) const LOOKS: u32 = 2_000;

/// Waits until `is_done`; false if `is_over` comes before, because who was waited for will not.
pub(crate) fn wait_until(is_done: impl Fn() -> bool, is_over: &AtomicBool) -> bool {
    let mut looks = 0_u32;
    while !is_done() {
        if is_over.load(Ordering::Relaxed) {
            return false;
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(LOOKS) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
    true
}

/// Says that it is over where its thread panics, which would otherwise be waited for.
pub(crate) struct EndOnPanic<'a>(pub(crate) &'a AtomicBool);

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}
