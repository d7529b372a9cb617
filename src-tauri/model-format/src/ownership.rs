//! Whether another local user could have put a file where the program finds it.
//!
//! What the program finds beside itself or in the models folders is run like a program: a library
//! by the system's loader, a graph by ONNX Runtime. So nothing is taken that other users own or may
//! write, in itself or by a folder above it. Trusted are the user who runs the program, root, and
//! who owns the program or the root folder, since they could change the program itself. The owner
//! of the root folder stands for root where the ids of users are mapped, as in a container. What
//! the user names is not checked.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or folder that was found is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrusted {
    /// Another user owns it, or a folder above it.
    #[error("{} belongs to user {owner}; `chown` it if you trust it", path.display())]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// The id of the user who owns it.
        owner: u32,
    },
    /// Other users may write it, or a folder above it.
    #[error("other users may write {}; `chmod go-w` it if you trust it", path.display())]
    Writable {
        /// The file or folder.
        path: PathBuf,
    },
    /// It cannot be examined.
    #[error("cannot examine {}: {source}", path.display())]
    Unknown {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// Checks that no other user could have put `path` in its place.
///
/// # Errors
/// [`NotTrusted`] with the first file or folder that another user owns or may write, from `path`
/// up to the root folder.
pub fn check(path: &Path) -> Result<(), NotTrusted> {
    // Both count: who can replace a link, and who can change its target.
    let unknown = |source| NotTrusted::Unknown { path: path.to_owned(), source };
    let real = path.canonicalize().map_err(unknown)?;
    let link_folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let link_folder = link_folder.unwrap_or(Path::new(".")).canonicalize().map_err(unknown)?;
    system::check_each(real.ancestors().chain(link_folder.ancestors()))
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    use super::NotTrusted;

    /// Write permission of the group, and of all others.
    const GROUP_WRITE: u32 = 0o020;
    const OTHERS_WRITE: u32 = 0o002;
    /// In a folder with this bit, only owners rename and delete.
    const STICKY: u32 = 0o1000;
    /// Groups whose members can become root anyway: `wheel`, and `admin` of macOS.
    const ADMINISTRATORS: &[u32] = if cfg!(target_os = "macos") { &[0, 80] } else { &[0] };

    pub(super) fn check_each<'a>(paths: impl Iterator<Item = &'a Path>) -> Result<(), NotTrusted> {
        let owners = trusted_owners();
        for path in paths {
            let file = path
                .metadata()
                .map_err(|source| NotTrusted::Unknown { path: path.to_owned(), source })?;
            let facts = Facts { owner: file.uid(), group: file.gid(), mode: file.mode() };
            facts.check(path, file.is_dir(), &owners)?;
        }
        Ok(())
    }

    /// Who may have put a file in its place.
    fn trusted_owners() -> Vec<u32> {
        let owner = |path: &Path| path.metadata().ok().map(|file| file.uid());
        let program = std::env::current_exe().ok().and_then(|program| owner(&program));
        let user = rustix::process::geteuid().as_raw();
        [0, user].into_iter().chain(program).chain(owner(Path::new("/"))).collect()
    }

    /// What the system says of a file or folder.
    pub(super) struct Facts {
        pub(super) owner: u32,
        pub(super) group: u32,
        pub(super) mode: u32,
    }

    impl Facts {
        pub(super) fn check(
            &self,
            path: &Path,
            is_folder: bool,
            owners: &[u32],
        ) -> Result<(), NotTrusted> {
            let Self { owner, group, mode } = *self;
            if !owners.contains(&owner) {
                return Err(NotTrusted::Owner { path: path.to_owned(), owner });
            }
            // A group with the number of its user is that user's alone: the default of most
            // distributions, which let it write all that the user makes.
            let is_own_group = group == owner || ADMINISTRATORS.contains(&group);
            let is_writable =
                mode & OTHERS_WRITE != 0 || (mode & GROUP_WRITE != 0 && !is_own_group);
            let is_protected = is_folder && mode & STICKY != 0;
            if is_writable && !is_protected {
                return Err(NotTrusted::Writable { path: path.to_owned() });
            }
            Ok(())
        }
    }
}

/// Other systems keep programs and the user's folders apart by access lists.
#[cfg(not(unix))]
mod system {
    use super::NotTrusted;
    use std::path::Path;

    pub(super) fn check_each<'a>(_: impl Iterator<Item = &'a Path>) -> Result<(), NotTrusted> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::system::Facts;
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn others_must_neither_own_nor_write_it() {
        let check = |what: &str, [owner, group, mode]: [u32; 3], expected: bool| {
            let facts = Facts { owner, group, mode };
            let found = facts.check(Path::new("x"), true, &[0, 1000]).is_ok();
            assert_eq!(found, expected, "{what}");
        };
        check("a file of the user's", [1000, 1000, 0o644], true);
        check("a file of the system's", [0, 0, 0o755], true);
        check("another user's", [1001, 1001, 0o644], false);
        check("the user's own group may write it", [1000, 1000, 0o775], true);
        check("a shared group may write it", [1000, 100, 0o775], false);
        check("root's group may write it", [0, 0, 0o775], true);
        check("all may write it", [1000, 1000, 0o777], false);
        check("all may add to it, as to /tmp", [0, 0, 0o1777], true);
        check("another user's sticky folder", [1001, 1001, 0o1777], false);
    }

    #[test]
    fn a_folder_above_that_others_may_write_counts() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("open/models");
        fs::create_dir_all(&folder).unwrap();
        assert!(super::check(&folder).is_ok(), "a temporary folder of the user's own");
        let open = dir.path().join("open");
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        let message = super::check(&folder).unwrap_err().to_string();
        assert!(message.contains("/open; `chmod go-w`"), "{message}");
    }
}
