//! Validation: what every setting may be, by itself and beside the others.

use serde_json::Value;

use super::field_error::FieldError;
use super::fields::Settings;
use super::limits::{LIMITS, SettingLimits};
use super::paste_keys;
use super::remote::{Remote, RemoteEngine};
use super::update::pointer;
use crate::engines::key_error::variable;

impl Settings {
    /// Checks every field.
    ///
    /// # Errors
    /// One [`FieldError`] for each thing that is wrong.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut errors = outside_limits(self);
        let mut add = |field: &str, message: String| errors.push(FieldError::new(field, message));
        let (target, maximum) = (self.deadlines.target_ms, self.deadlines.maximum_ms);
        if maximum < target {
            add("deadlines.maximum_ms", format!("must not be below the target of {target} ms"));
        }
        if !(0.0..=2.0).contains(&self.models.temperature) {
            add("models.temperature", "must be between 0 and 2".to_owned());
        }
        self.hotkeys.problems().into_iter().for_each(|(field, problem)| add(field, problem));
        if let Some(folder) = self.projects.folders.iter().find(|folder| !folder.is_absolute()) {
            add("projects.folders", format!("{} must be a whole path", folder.display()));
        }
        if let Some(problem) = paste_keys::problem(&self.clipboard.paste_keys) {
            add("clipboard.paste_keys", problem);
        }
        if self.clipboard.cursor_marker.as_ref().is_some_and(|marker| marker.trim().is_empty()) {
            add("clipboard.cursor_marker", "must have a character to look for".to_owned());
        }
        if let Some(problem) = self.server.problem() {
            add("server.token", problem.to_owned());
        }
        engine_problems(&self.remote)
            .into_iter()
            .for_each(|problem| add("remote.engines", problem));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// An error for each number that is not within its limits.
fn outside_limits(settings: &Settings) -> Vec<FieldError> {
    let values = serde_json::to_value(settings).expect("settings have plain fields");
    let problem = |limits: &SettingLimits| {
        let SettingLimits { field, min, max } = *limits;
        let value = values.pointer(&pointer(field)).and_then(Value::as_u64)?;
        let message = || format!("must be between {min} and {max}, and is {value}");
        (!(min..=max).contains(&value)).then(|| FieldError::new(field, message()))
    };
    LIMITS.iter().filter_map(problem).collect()
}

fn engine_problems(remote: &Remote) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, engine) in remote.engines.iter().enumerate() {
        problems.extend(engine.problem(remote.allow_plain_http));
        problems.extend(remote.engines[..at].iter().find_map(|earlier| clash(earlier, engine)));
    }
    problems
}

/// Why two engines cannot be told apart, by their names or by the variables that hold their keys.
fn clash(earlier: &RemoteEngine, engine: &RemoteEngine) -> Option<String> {
    let (earlier, id) = (&earlier.id, &engine.id);
    match variable(id) {
        _ if earlier == id => Some(format!("two engines are named {id}")),
        name if variable(earlier) == name => {
            Some(format!("{earlier} and {id} would share the key in {name}: rename one of them"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
