//! What each setting may be.

use std::fmt;

use super::{IdleUnload, Remote, Settings};

/// One setting that cannot be used, for the form to show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Its path: `deadlines.target_ms`.
    pub field: &'static str,
    /// What is wrong, and what it may be.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

pub(super) fn validate(settings: &Settings) -> Result<(), Vec<FieldError>> {
    let mut errors = Errors::default();
    let Settings { deadlines, models, memory, cache, queue, hotkeys, .. } = settings;

    errors.range("deadlines.target_ms", deadlines.target_ms, 10, 60_000);
    errors.range("deadlines.maximum_ms", deadlines.maximum_ms, 10, 60_000);
    if deadlines.maximum_ms < deadlines.target_ms {
        errors.add(
            "deadlines.maximum_ms",
            format!("must not be below the target of {} ms", deadlines.target_ms),
        );
    }
    errors.range("models.threads", models.threads as u64, 0, 256);
    errors.range("models.max_line_tokens", models.max_line_tokens as u64, 1, 512);
    errors.range("models.max_block_tokens", models.max_block_tokens as u64, 1, 1_024);
    if !(0.0..=2.0).contains(&models.temperature) {
        errors.add("models.temperature", "must be between 0 and 2".to_owned());
    }
    if let Some(budget_mb) = memory.budget_mb {
        errors.range("memory.budget_mb", budget_mb, 64, 1_048_576);
    }
    if let IdleUnload::Minutes(minutes) = memory.idle_unload {
        errors.range("memory.idle_unload_minutes", minutes, 0, 10_080);
    }
    errors.range("cache.max_kb", cache.max_kb as u64, 0, 1_048_576);
    errors.range("cache.max_age_minutes", cache.max_age_minutes, 1, 10_080);
    errors.range("queue.concurrency", queue.concurrency as u64, 1, 16);
    errors.range("queue.capacity", queue.capacity as u64, 0, 1_000);
    errors.hotkey("hotkeys.complete_line", &hotkeys.complete_line);
    if let Some(block) = &hotkeys.complete_block {
        errors.hotkey("hotkeys.complete_block", block);
        if block.eq_ignore_ascii_case(&hotkeys.complete_line) {
            errors.add("hotkeys.complete_block", "is the hotkey for a line already".to_owned());
        }
    }
    errors.engines(&settings.remote);
    if errors.0.is_empty() { Ok(()) } else { Err(errors.0) }
}

#[derive(Default)]
struct Errors(Vec<FieldError>);

impl Errors {
    fn add(&mut self, field: &'static str, message: String) {
        self.0.push(FieldError { field, message });
    }

    fn range(&mut self, field: &'static str, value: u64, least: u64, most: u64) {
        if !(least..=most).contains(&value) {
            self.add(field, format!("must be between {least} and {most}, and is {value}"));
        }
    }

    fn engines(&mut self, remote: &Remote) {
        let field = "remote.engines";
        for (at, engine) in remote.engines.iter().enumerate() {
            if let Some(problem) = engine.problem(remote.allow_plain_http) {
                self.add(field, problem);
            }
            if remote.engines[..at].iter().any(|earlier| earlier.id == engine.id) {
                self.add(field, format!("two engines are named {}", engine.id));
            }
        }
    }

    /// Modifiers, then one key, or a function key alone. Whether the key exists is known where it is registered.
    fn hotkey(&mut self, field: &'static str, hotkey: &str) {
        const MODIFIERS: [&str; 9] =
            ["ctrl", "control", "alt", "option", "shift", "super", "meta", "cmd", "cmdorctrl"];
        let is_modifier =
            |part: &str| MODIFIERS.contains(&part.trim().to_ascii_lowercase().as_str());
        let parts: Vec<&str> = hotkey.split('+').collect();
        let Some((key, modifiers)) = parts.split_last() else { return };
        if key.trim().is_empty() || is_modifier(key) {
            self.add(field, format!("{hotkey:?} lacks a key besides the modifiers"));
        } else if (modifiers.is_empty() && !is_function_key(key))
            || !modifiers.iter().all(|part| is_modifier(part))
        {
            self.add(
                field,
                format!("{hotkey:?} must be modifiers and one key, such as Ctrl+Alt+Space"),
            );
        }
    }
}

/// Whether nobody types text with `key`: F1 to F24.
fn is_function_key(key: &str) -> bool {
    let number = key.trim().strip_prefix(['F', 'f']);
    number.is_some_and(|number| matches!(number.parse(), Ok(1_u8..=24)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{RemoteEngine, RemoteKind};

    #[test]
    fn every_wrong_field_is_named() {
        let check = |change: fn(&mut Settings), fields: &[&str]| {
            let mut settings = Settings::default();
            change(&mut settings);
            let errors = settings.validate().err().unwrap_or_default();
            let named: Vec<_> = errors.iter().map(|error| error.field).collect();
            assert_eq!(named, fields, "{errors:?}");
        };
        check(|_| {}, &[]);
        check(|s| s.deadlines.target_ms = 1, &["deadlines.target_ms"]);
        check(|s| s.deadlines.target_ms = 300, &["deadlines.maximum_ms"]);
        check(|s| s.models.temperature = f32::NAN, &["models.temperature"]);
        check(|s| s.memory.budget_mb = Some(1), &["memory.budget_mb"]);
        check(
            |s| s.memory.idle_unload = IdleUnload::Minutes(20_000),
            &["memory.idle_unload_minutes"],
        );
        check(|s| s.memory.idle_unload = IdleUnload::Never, &[]);
        check(|s| s.queue.concurrency = 0, &["queue.concurrency"]);
        check(|s| s.hotkeys.complete_line = "Ctrl+Alt".into(), &["hotkeys.complete_line"]);
        check(|s| s.hotkeys.complete_line = "Space".into(), &["hotkeys.complete_line"]);
        check(|s| s.hotkeys.complete_line = String::new(), &["hotkeys.complete_line"]);
        check(|s| s.hotkeys.complete_line = "F".into(), &["hotkeys.complete_line"]);
        check(|s| s.hotkeys.complete_line = "F25".into(), &["hotkeys.complete_line"]);
        check(|s| s.hotkeys.complete_line = "F9".into(), &[]);
        check(|s| s.hotkeys.complete_block = None, &[]);
        check(
            |s| s.hotkeys.complete_block = Some("ctrl+alt+space".into()),
            &["hotkeys.complete_block"],
        );
        check(
            |s| {
                let url = "http://example.org/v1".to_owned();
                let engine = RemoteEngine::new("far".into(), url, RemoteKind::Openai);
                s.remote.engines = vec![engine.clone(), engine];
            },
            &["remote.engines", "remote.engines", "remote.engines"],
        );
        check(
            |s| {
                s.cache.max_age_minutes = 0;
                s.models.max_line_tokens = 0;
            },
            &["models.max_line_tokens", "cache.max_age_minutes"],
        );
    }
}
