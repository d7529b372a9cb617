//! [`Install`]: the handle of a running installation.

use tokio::sync::{mpsc, oneshot};

use super::outcome::Installed;
use crate::catalog::ModelId;
use crate::error::InstallError;
use crate::progress::InstallProgress;

/// The handle of a running installation. Dropping it does not stop the installation.
#[derive(Debug)]
pub struct Install {
    /// The name that the model is installed under.
    pub id: ModelId,
    progress: mpsc::UnboundedReceiver<InstallProgress>,
    end: oneshot::Receiver<Result<Installed, InstallError>>,
}

impl Install {
    /// The handle of an installation that reports to these channels.
    pub fn new(
        id: ModelId,
        progress: mpsc::UnboundedReceiver<InstallProgress>,
        end: oneshot::Receiver<Result<Installed, InstallError>>,
    ) -> Self {
        Self { id, progress, end }
    }

    /// Waits for the next report: at most ten a second, and one at every change of step. `None` at
    /// the end.
    pub async fn next_progress(&mut self) -> Option<InstallProgress> {
        self.progress.recv().await
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// Any [`InstallError`].
    pub async fn end(self) -> Result<Installed, InstallError> {
        // Without a sender the runtime is shutting down.
        self.end.await.unwrap_or(Err(InstallError::Cancelled))
    }
}
