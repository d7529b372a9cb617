//! [`create`]: a folder that only the user may open, for the socket of the running instance and for the log.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::Path;

/// The permissions of the folder.
const MODE: u32 = 0o700;

/// Creates `folder` and the folders above it, or takes permissions for others away from one that exists.
///
/// # Errors
/// If `folder` is a link or is owned by another user: in a folder that everyone may write, such as `/tmp`, another user
/// could have put it there first.
pub(crate) fn create(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(MODE).create(folder)?;
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() {
        return Err(io::Error::other("it is a link; put a folder there"));
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it belongs to another user; remove it"));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(MODE))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use super::*;

    #[test]
    fn only_the_user_may_open_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("pounce");
        let mode = || fs::metadata(&folder).unwrap().mode() & 0o777;
        create(&folder).unwrap();
        assert_eq!(mode(), MODE, "a new folder is private");
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        create(&folder).unwrap();
        assert_eq!(mode(), MODE, "one that was open to others is closed to them");
    }

    #[test]
    fn a_link_is_no_private_folder() {
        let parent = tempfile::tempdir().unwrap();
        let (elsewhere, link) = (parent.path().join("elsewhere"), parent.path().join("pounce"));
        fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, &link).unwrap();
        assert!(create(&link).is_err(), "another user could decide where it leads");
    }

    #[test]
    fn a_folder_of_another_user_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let given_away = parent.path().join("pounce");
        fs::create_dir(&given_away).unwrap();
        // Only root can give a folder away; for every other user, `/` is a folder of another user.
        let is_given = chown(&given_away, Some(1), None).is_ok();
        let foreign = if is_given { &given_away } else { Path::new("/") };
        let refused = create(foreign).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|error| error.contains("another user")), "{foreign:?}");
    }
}
