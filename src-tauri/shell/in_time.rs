//! Bounds for tests that wait: what never comes fails the test instead of hanging it. The limit counts by the system's
//! clock, because that of a test may be paused.

use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// Longer than anything takes on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The result of `work`.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    let (expire, expired) = oneshot::channel();
    let (_ends_the_clock, is_over) = mpsc::channel::<()>();
    thread::spawn(move || {
        if is_over.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = expire.send(());
        }
    });
    tokio::select! {
        biased;
        result = work => result,
        Ok(()) = expired => panic!("waited in vain"),
    }
}

/// What is sent next.
pub(crate) fn receive<T>(channel: &Receiver<T>) -> T {
    channel.recv_timeout(LIMIT).expect("it is sent in time")
}

/// The result of `work`, which blocks.
pub(crate) fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(work()));
    receive(&result)
}
