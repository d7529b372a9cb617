//! [`Interruption`]: Ctrl+C as a question that long work asks now and then, so that it can tidy up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;

/// Whether the user has pressed Ctrl+C since [`Self::watch`].
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Watches from now on. Ctrl+C no longer ends the process by itself.
    ///
    /// # Errors
    /// If the system has no means for that.
    pub(crate) fn watch() -> anyhow::Result<Self> {
        let is_pressed = Arc::new(AtomicBool::new(false));
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let pressed = Arc::clone(&is_pressed);
        thread::spawn(move || {
            if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                pressed.store(true, Ordering::Relaxed);
            }
        });
        Ok(Self(is_pressed))
    }

    /// Whether it was pressed.
    pub(crate) fn is_pressed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
