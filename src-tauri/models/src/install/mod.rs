//! Installing models: from a name of the catalogue, a repository in the layout of Hugging Face, a
//! folder or a GGUF file to a model that completes code; and removing and verifying models.
//!
//! Files are downloaded and compared with their checksums, converted without Python, and loaded
//! once to see whether and how fast they run on this machine. Only then does the model appear under
//! its name. A job goes through these steps in order.

mod fetch;
mod handle;
mod import;
mod installed;
mod installer;
mod job;
mod load_test;
mod options;
mod origin;
mod outcome;
mod request;
mod staging;

pub use crate::disk_space::{SpaceProbe, free_bytes};
pub use crate::download::{ENDPOINT_VARIABLE, Hub, RetryPolicy, TOKEN_VARIABLE};
pub use crate::error::{ChecksumSource, InstallError, RemoveError, VerifyError};
pub use crate::progress::{InstallProgress, InstallStep};
pub use crate::source::{ModelSource, Repository};
pub use handle::Install;
pub use installer::Installer;
pub use load_test::LoadTest;
pub use options::InstallerOptions;
pub use outcome::{InstallOutcome, Installed};
pub use request::InstallRequest;
