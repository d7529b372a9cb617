//! Why a model is not installed, removed or verified. Each message is one line that names the thing
//! and the remedy, fit to be shown.

mod checksum_source;
mod install;
mod remove;
mod verify;

pub use checksum_source::ChecksumSource;
pub use install::InstallError;
pub use remove::RemoveError;
pub use verify::VerifyError;
