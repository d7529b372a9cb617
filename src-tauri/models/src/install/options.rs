//! [`InstallerOptions`]: where an installer downloads from and writes to.

use crate::disk_space::SpaceProbe;
use crate::download::Hub;
use crate::paths::Paths;

/// Where an installer downloads from and writes to.
#[derive(Clone)]
pub struct InstallerOptions {
    /// The folders of models and downloads.
    pub paths: Paths,
    /// The server of repositories.
    pub hub: Hub,
    /// Measures free space on the disk.
    pub free_space: SpaceProbe,
}
