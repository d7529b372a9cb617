//! [`Cancellation`]: asks an installation to stop, wherever it is.

use std::sync::Arc;

use tokio::sync::watch;

use super::InstallError;

/// A request to stop that cannot be taken back. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Cancellation(Arc<watch::Sender<bool>>);

impl Cancellation {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// Whether both are one request.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn ask(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Does some work, unless somebody asks before it is done: it is dropped then.
    ///
    /// # Errors
    /// [`InstallError::Cancelled`].
    pub(crate) async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, InstallError> {
        tokio::select! {
            biased;
            () = self.asked() => Err(InstallError::Cancelled),
            done = work => Ok(done),
        }
    }

    async fn asked(&self) {
        // The sender is in `self`, so the channel is open.
        let _ = self.0.subscribe().wait_for(|is_asked| *is_asked).await;
    }
}
