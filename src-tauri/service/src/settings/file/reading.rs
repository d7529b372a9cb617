//! [`Loaded`]: the settings that a file's text stands for.

use std::path::Path;

use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast, parse_to_serde_value};
use serde_json::{Map, Value};

use crate::settings::field_error::FieldError;
use crate::settings::fields::Settings;
use crate::settings::migration;
use crate::settings::update::{Update, flat};

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Loaded {
    /// The user's settings. The defaults stand in for what was not understood.
    pub settings: Settings,
    /// What is wrong with the file, for the user to read, on one line.
    pub problem: Option<String>,
    /// Whether nothing of the file was understood, so that `settings` are the defaults.
    pub is_unreadable: bool,
}

impl Loaded {
    /// Nothing of the file was understood.
    pub(super) fn unreadable(path: &Path, message: &str) -> Self {
        let problem =
            format!("{} cannot be read: {message}; it counts once it is corrected", path.display());
        Self { problem: Some(problem), is_unreadable: true, ..Self::default() }
    }
}

/// The settings in the file at `path`, of which `bytes` were read.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Loaded {
    let understood = text(bytes).and_then(|text| Ok((text, migrated(parse(text)?)?)));
    let (text, file) = match understood {
        Ok(understood) => understood,
        Err(message) => return Loaded::unreadable(path, &message),
    };
    let (settings, errors) = valid_part(flat(&file));
    let told: Vec<_> = errors.iter().map(|error| with_line(text, error)).collect();
    let problem = || {
        let (path, told) = (path.display(), told.join("; "));
        format!("{path}: {told}; the default is used until this is corrected")
    };
    Loaded { settings, problem: (!told.is_empty()).then(problem), is_unreadable: false }
}

/// The text of a file, without the mark of its encoding that some editors put in front.
pub(super) fn text(bytes: &[u8]) -> Result<&str, String> {
    let text = str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The values of a text, as they stand there.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, String> {
    let value: Value =
        parse_to_serde_value(text, &ParseOptions::default()).map_err(|error| error.to_string())?;
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err("it is not an object".to_owned()),
    }
}

/// The values in the layout that this program knows.
pub(super) fn migrated(mut file: Map<String, Value>) -> Result<Map<String, Value>, String> {
    migration::migrate(&mut file).map_err(|error| error.to_string())?;
    Ok(file)
}

/// The defaults with all values of `update` that are valid, and what is wrong with the others.
fn valid_part(mut update: Update) -> (Settings, Vec<FieldError>) {
    let (mut settings, mut errors) = Settings::default().laid_over(&update);
    while let Err(wrong) = settings.validate() {
        let n_before = update.len();
        wrong.iter().for_each(|error| leave_out(&mut update, &error.field));
        errors
            .extend(wrong.into_iter().filter(|error| !errors.contains(error)).collect::<Vec<_>>());
        if update.len() == n_before {
            return (Settings::default(), errors);
        }
        (settings, _) = Settings::default().laid_over(&update);
    }
    (settings, errors)
}

/// Takes a value out of an update. Where the value is a default, it does not agree with the others of
/// its group, which are taken out.
fn leave_out(update: &mut Update, field: &str) {
    if update.remove(field).is_none() {
        let group = field.split('.').next().unwrap_or(field);
        update.retain(|name, _| name.split('.').next() != Some(group));
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
