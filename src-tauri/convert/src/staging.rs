//! [`Staging`]: an output folder that appears complete or not at all.
//!
//! Files are written to a hidden folder beside it, which is renamed at the end. A failure, a panic or
//! a full disk leaves nothing behind under the final name.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::ConvertError;

/// The hidden folder, which is removed on drop unless it was published.
#[derive(Debug)]
pub(crate) struct Staging {
    temporary: PathBuf,
    target: PathBuf,
}

impl Staging {
    /// Makes the hidden folder beside `target`, which must be missing or empty.
    pub(crate) fn create(target: &Path) -> Result<Self, ConvertError> {
        refuse_used(target)?;
        let target = std::path::absolute(target).map_err(ConvertError::write(target))?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let hidden = format!(".{name}.partial-{}", std::process::id());
        let temporary = target.with_file_name(hidden);
        // An earlier process with the same number has left it.
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(ConvertError::write(&temporary))?;
        }
        fs::create_dir_all(&temporary).map_err(ConvertError::write(&temporary))?;
        Ok(Self { temporary, target })
    }

    /// The folder to write to.
    pub(crate) fn dir(&self) -> &Path {
        &self.temporary
    }

    /// Writes a whole file.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ConvertError> {
        let path = self.temporary.join(name);
        fs::write(&path, bytes).map_err(ConvertError::write(&path))
    }

    /// Renames the folder to its final name.
    pub(crate) fn publish(self) -> Result<(), ConvertError> {
        // Windows cannot replace a folder by renaming, not even an empty one.
        match fs::remove_dir(&self.target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::rename(&self.temporary, &self.target),
        }
        .map_err(ConvertError::write(&self.target))
    }
}

impl Drop for Staging {
    /// Fails harmlessly once the folder has been renamed.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

fn refuse_used(target: &Path) -> Result<(), ConvertError> {
    let in_use = match fs::read_dir(target) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if in_use { Err(ConvertError::OutputExists { path: target.to_owned() }) } else { Ok(()) }
}
