//! Installing models: from a name of the catalogue, a repository in the layout of Hugging Face, a
//! folder or a GGUF file to a model that can be asked; and removing and verifying them.
//!
//! Files are fetched and compared with their checksums, converted without Python, loaded once to see
//! that they run here and how fast, and only then does the model appear under its name. The steps
//! are in `job`. It knows no router and no window; a service that has an [`Installer`] tells its
//! watchers.

mod backoff;
mod cancellation;
mod checksum;
mod download;
mod error;
mod fetch;
mod file_books;
mod hub;
mod installer;
mod job;
mod model_source;
mod partial;
mod persistence;
mod pins;
mod place;
mod progress;
mod shelf;
mod space;
mod stash;
mod take_over;
mod trial;

use std::path::{Path, PathBuf};

use pounce_model_format::Quantization;
use tokio::sync::{mpsc, oneshot};

pub use backoff::Patience;
pub use error::{InstallError, PinnedIn, RemoveError, UseError, VerifyError};
pub use hub::{ENDPOINT_VARIABLE, Hub, TOKEN_VARIABLE};
pub use installer::Installer;
pub(crate) use installer::Parts;
pub use model_source::{ModelSource, Repository};
pub use progress::{InstallProgress, InstallStep};
pub use space::SpaceProbe;
pub(crate) use space::free_bytes;
pub(crate) use trial::{Books, Trial};

use crate::catalog::{ModelCatalog, ModelId};
use shelf::Shelf;
use take_over::Material;

/// What is to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallRequest {
    /// Where it is to come from.
    pub source: ModelSource,
    /// What it is to be called; `None` takes the catalogue's id, or the name of repository, folder
    /// or file.
    pub id: Option<ModelId>,
    /// How its weights are to be stored; `None` is 8 bits. A model that was converted elsewhere
    /// stays as it is.
    pub quantization: Option<Quantization>,
}

impl InstallRequest {
    /// With what is usual.
    pub fn new(source: ModelSource) -> Self {
        Self { source, id: None, quantization: None }
    }
}

/// A running installation. Dropping it does not stop it.
#[derive(Debug)]
pub struct Install {
    /// What it will be called.
    pub id: ModelId,
    progress: mpsc::UnboundedReceiver<InstallProgress>,
    end: oneshot::Receiver<Result<Installed, InstallError>>,
}

impl Install {
    pub(crate) fn new(
        id: ModelId,
        progress: mpsc::UnboundedReceiver<InstallProgress>,
        end: oneshot::Receiver<Result<Installed, InstallError>>,
    ) -> Self {
        Self { id, progress, end }
    }

    /// Waits for the next report: at most ten a second, and at every change of step. `None` at the
    /// end.
    pub async fn next_progress(&mut self) -> Option<InstallProgress> {
        self.progress.recv().await
    }

    /// Waits for the end.
    ///
    /// # Errors
    /// Any [`InstallError`].
    pub async fn end(self) -> Result<Installed, InstallError> {
        // Whoever would tell has gone: the program is ending.
        self.end.await.unwrap_or(Err(InstallError::Cancelled))
    }
}

/// A model that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its id.
    pub id: ModelId,
    /// Of its files.
    pub size_bytes: u64,
    /// Fetched over the network; 0 for one from this disk.
    pub downloaded_bytes: u64,
    /// The files whose checksums nobody knew: from now on they are these.
    pub pinned: Vec<String>,
    /// Where that is noted.
    pub pins_file: PathBuf,
    /// Why its speed was not measured: there was no room in memory.
    pub uncalibrated: Option<String>,
}

/// How an installation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallOutcome {
    /// The model can be asked.
    Installed(Box<Installed>),
    /// Somebody cancelled it.
    Cancelled,
    /// It failed.
    Failed {
        /// Why, and what to do.
        message: String,
    },
}

impl InstallOutcome {
    pub(crate) fn of(end: &Result<Installed, InstallError>) -> Self {
        match end {
            Ok(installed) => Self::Installed(Box::new(installed.clone())),
            Err(InstallError::Cancelled) => Self::Cancelled,
            Err(error) => Self::Failed { message: error.to_string() },
        }
    }
}

/// Where the files of a model are.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// On this disk.
    Here(Material),
    /// On a server.
    There(Shelf),
}

impl Origin {
    fn of(source: &ModelSource, catalog: &ModelCatalog) -> Result<Self, InstallError> {
        match source {
            ModelSource::Folder(dir) => {
                found("folder", dir, dir.is_dir())?;
                Ok(Self::Here(Material::folder(dir)))
            }
            ModelSource::File(file) => {
                found("file", file, file.is_file())?;
                Ok(Self::Here(Material::Checkpoint(file.clone())))
            }
            ModelSource::Repository(repository) => {
                Ok(Self::There(Shelf::of_repository(repository)))
            }
            ModelSource::Catalogue(id) => {
                let unknown = || InstallError::Unknown { name: id.to_string() };
                let spec = catalog.get(id).ok_or_else(unknown)?;
                let here = || InstallError::Installed { id: id.clone() };
                spec.source.as_ref().map(Shelf::of_source).map(Self::There).ok_or_else(here)
            }
        }
    }
}

fn found(what: &str, path: &Path, is_there: bool) -> Result<(), InstallError> {
    let place = path.display().to_string();
    if is_there { Ok(()) } else { Err(InstallError::NotFound { what: what.to_owned(), place }) }
}
