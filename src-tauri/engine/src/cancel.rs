//! [`CancelToken`]: stops a run from another thread.
//!
//! The decoding loop checks the token before every step. A run inside ONNX Runtime cannot check it,
//! so the caller registers a hook that stops the run ([`CancelToken::on_cancel`]). tokio-util's
//! token has no such hooks, and the engine does without tokio.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Hook = Box<dyn Fn() + Send>;

/// A request to stop, which cannot be revoked. Clones share it.
#[derive(Clone, Default)]
pub struct CancelToken(Arc<State>);

#[derive(Default)]
struct State {
    cancelled: AtomicBool,
    /// `cancel` calls the hook while it holds the lock. A guard that is dropped at that moment
    /// waits for the lock, so a hook never runs after its run has ended.
    hook: Mutex<Option<Hook>>,
}

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop. Further calls only repeat the hook.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        if let Some(hook) = self.0.lock().as_ref() {
            hook();
        }
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Registers a `hook` that [`cancel`](Self::cancel) calls, until the guard is dropped. Calls it
    /// at once if the token is cancelled already. A later hook replaces an earlier one.
    #[must_use = "the hook is removed when the guard is dropped"]
    pub fn on_cancel(&self, hook: impl Fn() + Send + 'static) -> CancelGuard {
        let mut slot = self.0.lock();
        if self.is_cancelled() {
            hook();
        }
        *slot = Some(Box::new(hook));
        drop(slot);
        CancelGuard(self.clone())
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Option<Hook>> {
        // A hook that panicked cannot have left the slot in a broken state.
        self.hook.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CancelToken").field(&self.is_cancelled()).finish()
    }
}

/// Keeps a hook registered; see [`CancelToken::on_cancel`].
#[derive(Debug)]
pub struct CancelGuard(CancelToken);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        *self.0.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn counter() -> (Arc<AtomicUsize>, impl Fn() + Send + 'static) {
        let count = Arc::new(AtomicUsize::new(0));
        let hook = {
            let count = Arc::clone(&count);
            move || {
                count.fetch_add(1, Ordering::SeqCst);
            }
        };
        (count, hook)
    }

    #[test]
    fn cancel_reaches_every_clone_and_the_hook() {
        let token = CancelToken::new();
        let (count, hook) = counter();
        let _guard = token.on_cancel(hook);
        token.clone().cancel();
        assert!(token.is_cancelled(), "clones share one state");
        assert_eq!(count.load(Ordering::SeqCst), 1, "the hook stops the run");
    }

    #[test]
    fn a_dropped_guard_removes_its_hook() {
        let token = CancelToken::new();
        let (count, hook) = counter();
        drop(token.on_cancel(hook));
        token.cancel();
        assert_eq!(count.load(Ordering::SeqCst), 0, "the run it belonged to is over");
    }

    #[test]
    fn a_late_hook_is_called_at_once() {
        let token = CancelToken::new();
        token.cancel();
        let (count, hook) = counter();
        let _guard = token.on_cancel(hook);
        assert_eq!(count.load(Ordering::SeqCst), 1, "a cancelled request must not start a run");
    }
}
