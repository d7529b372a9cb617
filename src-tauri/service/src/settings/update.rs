//! [`Update`]: values laid over settings by the paths of their fields.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::field_error::FieldError;
use super::fields::Settings;

/// New values by the paths of their fields: `{ "deadlines.target_ms": 80 }`.
pub type Update = Map<String, Value>;

impl Settings {
    /// These settings with the values of `update`. All others stay as they are.
    ///
    /// # Errors
    /// One [`FieldError`] for each path that is no setting and each value of another type. Ranges
    /// are for [`Self::validate`] to check.
    pub fn updated(&self, update: &Update) -> Result<Self, Vec<FieldError>> {
        let (settings, errors) = self.laid_over(update);
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }

    /// These settings with those values of `update` that are understood, and what is wrong with the
    /// others.
    pub(super) fn laid_over(&self, update: &Update) -> (Self, Vec<FieldError>) {
        let mut all = Value::Object(self.to_map());
        let set = |(field, value): (&String, &Value)| set(&mut all, field, value).err();
        let errors = update.iter().filter_map(set).collect();
        (Self::deserialize(all).expect("every value was read after it was set"), errors)
    }

    /// The settings as they are in a file that has all of them.
    pub(super) fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => unreachable!("settings are a struct of plain fields"),
        }
    }
}

/// The values that `after` has otherwise than `before`.
pub(crate) fn changes(before: &Settings, after: &Settings) -> Update {
    let before = flat(&before.to_map());
    let differs = |(field, value): &(String, Value)| before.get(field) != Some(value);
    flat(&after.to_map()).into_iter().filter(differs).collect()
}

/// The values of nested objects by their paths.
pub(super) fn flat(values: &Map<String, Value>) -> Update {
    let mut update = Update::new();
    flatten("", values, &mut update);
    update
}

fn flatten(prefix: &str, object: &Map<String, Value>, update: &mut Update) {
    for (key, value) in object {
        let path = format!("{prefix}{key}");
        match value {
            Value::Object(inner) => flatten(&format!("{path}."), inner, update),
            value => drop(update.insert(path, value.clone())),
        }
    }
}

/// The path of a field as a JSON pointer (RFC 6901).
pub(super) fn pointer(field: &str) -> String {
    format!("/{}", field.replace('.', "/"))
}

/// Puts `value` in its place among all settings, or leaves them as they were if it is not understood.
fn set(all: &mut Value, field: &str, value: &Value) -> Result<(), FieldError> {
    let mut changed = all.clone();
    let (group, name) = field
        .rsplit_once('.')
        .map_or((String::new(), field), |(group, name)| (pointer(group), name));
    let group = changed.pointer_mut(&group).and_then(Value::as_object_mut);
    let group = group.ok_or_else(|| FieldError::new(field, "there is no such setting"))?;
    group.insert(name.to_owned(), value.clone());
    Settings::deserialize(&changed).map_err(|error| FieldError::new(field, error.to_string()))?;
    *all = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use pounce_engine::Mode;
    use serde_json::json;

    use super::*;

    fn updated(update: Value) -> Result<Settings, Vec<FieldError>> {
        Settings::default().updated(update.as_object().unwrap())
    }

    #[test]
    fn an_update_changes_its_fields_and_no_others() {
        let new = updated(json!({ "desktop.mode": "free", "memory.budget_mb": 512 })).unwrap();
        let mut expected = Settings::default();
        expected.desktop.mode = Mode::Free;
        expected.memory.budget_mb = Some(512);
        assert_eq!(new, expected);
        assert_eq!(new.updated(&Update::new()), Ok(new), "an empty update changes nothing");
    }

    #[test]
    fn every_value_that_is_not_understood_is_named_by_its_field() {
        let errors = updated(json!({
            "colour": "red",
            "deadlines": 7,
            "deadlines.target_ms": "soon",
            "desktop.mode": "page",
            "log.level.file": true,
            "memory.budget_mb": 512,
        }));
        let errors = errors.unwrap_err();
        let expected =
            ["colour", "deadlines", "deadlines.target_ms", "desktop.mode", "log.level.file"];
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, expected, "{errors:?}");
        assert!(errors[2].message.contains("soon"), "the value is told: {errors:?}");
        assert!(errors[3].message.contains("`line`"), "and what it may be: {errors:?}");
    }
}
