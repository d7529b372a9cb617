//! [`Document`]: the text of a settings file, into which changes are written.

use std::fmt;

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::CstRootNode;
use serde_json::{Map, Value};

use super::edit::edit_object;
use super::reading::{migrated, parse};
use crate::settings::field_error::FieldError;
use crate::settings::fields::Settings;
use crate::settings::update::{Update, flat};

/// The text of a settings file, with its comments and its layout.
pub(super) struct Document {
    root: CstRootNode,
    /// The values as they stand in the text.
    values: Map<String, Value>,
}

impl Document {
    /// # Errors
    /// What is wrong with the text, if it cannot be understood as a whole.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let values = parse(text)?;
        migrated(values.clone())?;
        let root = CstRootNode::parse(text, &ParseOptions::default())
            .map_err(|error| error.to_string())?;
        Ok(Self { root, values })
    }

    /// Writes the values of an update into the text, those that are defaults excepted, which are taken
    /// out. Returns the settings that the text stands for then.
    ///
    /// # Errors
    /// The fields of the update that do not agree with other values in the text.
    pub(super) fn change(&mut self, update: &Update) -> Result<Settings, Vec<FieldError>> {
        let mut wanted = migrated(self.values.clone()).unwrap_or_default();
        let defaults = flat(&Settings::default().to_map());
        for (field, value) in update {
            match defaults.get(field) == Some(value) {
                true => take_out(&mut wanted, field),
                false => put(&mut wanted, field, value.clone()),
            }
        }
        let (settings, _) = Settings::default().laid_over(&flat(&wanted));
        let settings = settings.updated(update)?;
        settings.validate()?;
        edit_object(&self.root.object_value_or_set(), &self.values, &wanted);
        self.values = wanted;
        Ok(settings)
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::parse("{\n}\n").unwrap_or_else(|_| unreachable!("it is JSON"))
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root)
    }
}

/// Puts a value in its place among nested objects.
fn put(file: &mut Map<String, Value>, field: &str, value: Value) {
    let Some((group, name)) = field.split_once('.') else {
        file.insert(field.to_owned(), value);
        return;
    };
    match file.get_mut(group) {
        Some(Value::Object(inner)) => put(inner, name, value),
        _ => {
            let mut inner = Map::new();
            put(&mut inner, name, value);
            file.insert(group.to_owned(), inner.into());
        }
    }
}

/// Takes a value out of nested objects, if it is there.
fn take_out(file: &mut Map<String, Value>, field: &str) {
    match field.split_once('.') {
        None => drop(file.remove(field)),
        Some((group, name)) => {
            let inner = file.get_mut(group).and_then(Value::as_object_mut);
            inner.into_iter().for_each(|inner| take_out(inner, name));
        }
    }
}
