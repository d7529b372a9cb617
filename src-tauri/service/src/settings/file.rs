//! [`SettingsFile`]: the user's settings on the disk.

use std::path::{Path, PathBuf};

use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast, parse_to_serde_value};
use serde_json::{Map, Value};

use super::field_error::FieldError;
use super::fields::Settings;
use super::migration;
use super::update::Update;
use pounce_models::storage;

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
        source: std::io::Error,
    },
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The user's settings, or the defaults if the file was broken.
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
                return Loaded { settings: Settings::default(), problem: None };
            }
            // The next change of a setting would overwrite it.
            Err(error) => return self.keep_aside(&error.to_string()),
        };
        match read(&text) {
            Ok(settings) => Loaded { settings, problem: None },
            Err(message) => self.keep_aside(&message),
        }
    }

    /// Writes what differs from the defaults, in one step.
    ///
    /// # Errors
    /// [`SettingsError::Fields`] for settings that are not valid, [`SettingsError::Write`] if the
    /// file system refuses.
    pub fn save(&self, settings: &Settings) -> Result<(), SettingsError> {
        settings.validate().map_err(|fields| SettingsError::Fields { fields })?;
        let mut differing =
            difference(&to_value(&Settings::default()), &to_value(settings)).unwrap_or_default();
        differing.insert("version".to_owned(), Value::from(migration::CURRENT));
        storage::write_json(&self.path, &differing)
            .map_err(|source| SettingsError::Write { path: self.path.clone(), source })
    }

    /// Moves the broken file out of the way and returns the defaults with what happened.
    fn keep_aside(&self, message: &str) -> Loaded {
        let aside = self.path.with_extension("jsonc.broken");
        let action = match std::fs::rename(&self.path, &aside) {
            Ok(()) => format!("was set aside as {}", aside.display()),
            Err(_) => "is ignored".to_owned(),
        };
        let problem = format!("{} {action}: {message}; the defaults are used", self.path.display());
        Loaded { settings: Settings::default(), problem: Some(problem) }
    }
}

/// Settings from the user's text, laid over the defaults.
fn read(text: &str) -> Result<Settings, String> {
    let mut file = parse(text)?;
    migration::migrate(&mut file).map_err(|error| error.to_string())?;
    let mut update = Update::new();
    flatten("", file, &mut update);
    let checked = Settings::default()
        .updated(&update)
        .and_then(|settings| settings.validate().map(|()| settings));
    checked.map_err(|errors| {
        let told: Vec<_> = errors.iter().map(|error| with_line(text, error)).collect();
        told.join("; ")
    })
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

/// Collects the values of nested objects by their paths, each of which starts with `prefix`.
fn flatten(prefix: &str, object: Map<String, Value>, update: &mut Update) {
    for (key, value) in object {
        let path = format!("{prefix}{key}");
        match value {
            Value::Object(inner) => flatten(&format!("{path}."), inner, update),
            value => drop(update.insert(path, value)),
        }
    }
}

/// The error with the line of its field, where the file has that field.
fn with_line(text: &str, error: &FieldError) -> String {
    match line_of(text, &error.field) {
        Some(line) => format!("line {line}: {error}"),
        None => error.to_string(),
    }
}

/// The line on which a field stands, from 1.
fn line_of(text: &str, field: &str) -> Option<usize> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).ok()?;
    let mut value = &parsed.value?;
    let mut start = 0;
    for name in field.split('.') {
        let property = value.as_object()?.get(name)?;
        (start, value) = (property.range.start, &property.value);
    }
    Some(1 + text[..start].matches('\n').count())
}

fn to_value(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        _ => unreachable!("settings are a struct of plain fields"),
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
mod tests;
