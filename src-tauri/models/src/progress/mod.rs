//! How far an installation is.

mod install_progress;
mod reporter;
mod speed_meter;

pub use install_progress::{InstallProgress, InstallStep};
pub(crate) use reporter::Reporter;
