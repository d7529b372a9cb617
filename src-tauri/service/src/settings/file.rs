//! [`SettingsFile`]: the user's settings on the disk.
//!
//! The file belongs to the user. Reading it changes nothing, and a change of a setting is written into
//! the text as it stands ([`document`]), so that comments and all other values stay.

mod document;
mod edit;
mod reading;

use std::io;
use std::path::{Path, PathBuf};

use self::document::Document;
use super::field_error::FieldError;
use super::fields::Settings;
use super::update::changes;
use pounce_models::storage;

pub use self::reading::Loaded;

/// Why settings were not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Some fields are out of range.
    #[error("{}", fields.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields {
        /// Each with its message.
        fields: Vec<FieldError>,
    },
    /// The file could not be written.
    #[error("cannot write {}: check the folder's permissions and the free space", path.display())]
    Write {
        /// The settings file.
        path: PathBuf,
        /// The error of the file system.
        source: io::Error,
    },
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// The settings that the file holds now.
    pub settings: Settings,
    /// Where the text is that could not be read and stood there before.
    pub kept_aside: Option<PathBuf>,
}

/// The user's settings on the disk.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
}

impl SettingsFile {
    /// The file at `path`, which need not exist.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Reads the settings, and changes nothing on the disk. Every value that is understood counts; the
    /// defaults stand in for all others, which the problem names.
    pub fn load(&self) -> Loaded {
        match std::fs::read(&self.path) {
            Ok(bytes) => reading::read(&self.path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Loaded::default(),
            Err(error) => Loaded::unreadable(&self.path, &error.to_string()),
        }
    }

    /// Writes what `after` has otherwise than `before` into the file, in one step. The file's other
    /// values and its comments stay, also those that came into it since it was read. A setting that gets its default is taken out, so that it follows
    /// later defaults. A file that cannot be read is kept aside under a new name, and all of `after`
    /// is written.
    ///
    /// # Errors
    /// [`SettingsError::Fields`] if the settings would not be valid, [`SettingsError::Write`] if the
    /// file system refuses.
    pub fn save(&self, before: &Settings, after: &Settings) -> Result<Saved, SettingsError> {
        let refused = |source| SettingsError::Write { path: self.path.clone(), source };
        let invalid = |fields| SettingsError::Fields { fields };
        after.validate().map_err(invalid)?;
        let _lock = storage::lock_for_update(&self.path).map_err(refused)?;
        let found = self.document().map_err(refused)?;
        let is_broken = found.is_none();
        let before = if is_broken { &Settings::default() } else { before };
        let mut document = found.unwrap_or_default();
        let settings = document.change(&changes(before, after)).map_err(invalid)?;
        let kept_aside = is_broken.then(|| self.keep_aside()).transpose().map_err(refused)?;
        storage::write(&self.target(), &document.to_string()).map_err(refused)?;
        Ok(Saved { settings, kept_aside })
    }

    /// The text of the file; `None` if it is none that settings can be written into.
    fn document(&self) -> io::Result<Option<Document>> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(reading::text(&bytes).and_then(Document::parse).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Some(Document::default())),
            Err(error) => Err(error),
        }
    }

    /// The file that the path leads to: settings may lie elsewhere, behind a link.
    fn target(&self) -> PathBuf {
        self.path.canonicalize().unwrap_or_else(|_| self.path.clone())
    }

    /// Moves a broken file to the first name that is free.
    fn keep_aside(&self) -> io::Result<PathBuf> {
        let names = (1..).map(|n| match n {
            1 => "jsonc.broken".to_owned(),
            n => format!("jsonc.broken-{n}"),
        });
        let mut paths = names.map(|extension| self.path.with_extension(extension));
        let free =
            paths.find(|path| !path.exists()).unwrap_or_else(|| unreachable!("names never end"));
        std::fs::rename(&self.path, &free)?;
        Ok(free)
    }
}

#[cfg(test)]
mod tests;
