//! The folder of the sources that this program was built from, if it runs from there.

use std::path::{Path, PathBuf};

/// The repository at the time of the build.
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The repository, if the program lies in it or cargo runs it there; `None` for an installed
/// program. No folder is searched that is not fixed at compile time: an AppImage mounts itself
/// below `/tmp`, where every user can make folders.
pub fn of_this_build() -> Option<PathBuf> {
    let repository = Path::new(REPOSITORY).canonicalize().ok()?;
    let program = std::env::current_exe().ok();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let is_inside = |path: &PathBuf| path.starts_with(&repository);
    program.iter().chain(&package).any(is_inside).then_some(repository)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_finds_its_sources() {
        let repository = of_this_build().expect("cargo runs this test");
        assert!(repository.join("models/catalog.json").is_file());
    }
}
