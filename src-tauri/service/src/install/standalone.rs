//! An installer for a program without a service: the command line.

use std::sync::Arc;

use pounce_models::install::{Hub, Installer, InstallerOptions, free_bytes};

use super::engine_load_test::EngineLoadTest;
use super::profile_file::ProfileFile;
use crate::engines::Loader;
use crate::pool::worker::Host;
use pounce_models::paths::Paths;

/// An installer for a program without a service. Models run on `threads` threads, 0 being
/// automatic; what is measured of them goes to the profile in the data folder.
pub fn standalone_installer(paths: Paths, threads: usize) -> Installer {
    let load_test = EngineLoadTest {
        loader: Arc::new(Loader::default()),
        host: Host::Threads,
        store: Arc::new(ProfileFile::new(&paths, threads)),
    };
    let options = InstallerOptions { paths, hub: Hub::from_environment(), free_space: free_bytes };
    Installer::new(options, Arc::new(load_test))
}
