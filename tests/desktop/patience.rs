//! Waiting for a condition, never for a time: the machine may be busy.

use std::time::{Duration, Instant};

/// The longest wait: more than anything takes on a loaded machine with two cores.
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);

/// Waits until `condition` returns a value. Panics with `what` after [`LIMIT`].
pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        if let Some(value) = condition() {
            return value;
        }
        std::thread::sleep(POLL);
    }
    panic!("waited {LIMIT:?} in vain for {what}");
}

/// Waits until `condition` holds.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || condition().then_some(()));
}
