//! [`SettingsFile`]: the user's settings on the disk.

use std::path::{Path, PathBuf};

use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};

use super::{DEFAULTS, FieldError, Settings, migration};
use crate::storage;

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
        /// What the system said.
        source: std::io::Error,
    },
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// In force: the defaults, if the file was broken.
    pub settings: Settings,
    /// What was wrong with the file and where it is kept now, for the user to read.
    pub problem: Option<String>,
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

    /// Reads the settings. A broken file is kept aside under a `.broken` name, and the defaults
    /// are used.
    pub fn load(&self) -> Loaded {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Loaded::defaults(None);
            }
            // The next change of a setting would write over it.
            Err(error) => return Loaded::defaults(Some(self.keep_aside(&error.to_string()))),
        };
        match read(&text) {
            Ok(settings) => Loaded { settings, problem: None },
            Err(message) => Loaded::defaults(Some(self.keep_aside(&message))),
        }
    }

    /// Writes what differs from the defaults, in one step.
    ///
    /// # Errors
    /// [`SettingsError::Fields`] for settings that are not valid, [`SettingsError::Write`] if the
    /// system refuses.
    pub fn save(&self, settings: &Settings) -> Result<(), SettingsError> {
        settings.validate().map_err(|fields| SettingsError::Fields { fields })?;
        let mut differing =
            difference(&to_value(&defaults()), &to_value(settings)).unwrap_or_default();
        differing.insert("version".to_owned(), Value::from(migration::CURRENT));
        storage::write_json(&self.path, &differing)
            .map_err(|source| SettingsError::Write { path: self.path.clone(), source })
    }

    /// Moves the broken file out of the way; says what happened.
    fn keep_aside(&self, message: &str) -> String {
        let aside = self.path.with_extension("jsonc.broken");
        match std::fs::rename(&self.path, &aside) {
            Ok(()) => self.problem(&format!("was set aside as {}", aside.display()), message),
            Err(_) => self.problem("is ignored", message),
        }
    }

    fn problem(&self, what: &str, message: &str) -> String {
        format!("{} {what}: {message}; the defaults are used", self.path.display())
    }
}

impl Loaded {
    fn defaults(problem: Option<String>) -> Self {
        Self { settings: defaults(), problem }
    }
}

/// The defaults, from their file.
pub(super) fn defaults() -> Settings {
    let value = parse(DEFAULTS).expect("a test reads defaults.jsonc");
    serde_json::from_value(Value::from(value)).expect("a test reads defaults.jsonc")
}

/// Settings from the user's text, laid over the defaults.
fn read(text: &str) -> Result<Settings, String> {
    let mut file = parse(text)?;
    migration::migrate(&mut file).map_err(|error| error.to_string())?;
    let mut merged = to_value(&defaults());
    overlay(&mut merged, file);
    let settings: Settings =
        serde_json::from_value(Value::from(merged)).map_err(|error| error.to_string())?;
    settings.validate().map_err(|fields| SettingsError::Fields { fields }.to_string())?;
    Ok(settings)
}

fn parse(text: &str) -> Result<Map<String, Value>, String> {
    let value: Value =
        parse_to_serde_value(text, &ParseOptions::default()).map_err(|error| error.to_string())?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err("it is not an object".to_owned()),
    }
}

fn to_value(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => unreachable!("settings are a struct of plain fields"),
    }
}

/// Puts every value of `file` over the one of the same path.
fn overlay(base: &mut Map<String, Value>, file: Map<String, Value>) {
    for (key, value) in file {
        match (base.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => overlay(inner, value),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

/// The values of `new` that `base` lacks or has otherwise; `None` if there are none.
fn difference(base: &Map<String, Value>, new: &Map<String, Value>) -> Option<Map<String, Value>> {
    let differing = new.iter().filter_map(|(key, value)| {
        let value = match (base.get(key), value) {
            (Some(Value::Object(base)), Value::Object(new)) => {
                difference(base, new).map(Value::from)
            }
            (Some(base), value) if base == value => None,
            (_, value) => Some(value.clone()),
        };
        value.map(|value| (key.clone(), value))
    });
    let differing: Map<String, Value> = differing.collect();
    (!differing.is_empty()).then_some(differing)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
