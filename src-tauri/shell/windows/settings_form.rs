//! The settings as the window shows and changes them.
//!
//! The service knows every field, its limits and how to update it; this module adds what only the desktop knows:
//! whether keys exist, and how they are written.

use pounce_service::settings::{FieldError, LIMITS, Settings, Update};

use super::wire::SettingsState;
use crate::hotkeys::key_combination::KeyCombination;

/// What the settings window shows.
pub(crate) fn state(settings: &Settings) -> SettingsState {
    SettingsState {
        settings: with_normal_keys(settings),
        defaults: with_normal_keys(&Settings::default()),
        limits: LIMITS,
    }
}

/// `settings` with an update laid over them, its hotkeys written as people write them: `Ctrl+Alt+Space`.
///
/// # Errors
/// One error for each field that is wrong.
pub(crate) fn updated(
    settings: &Settings,
    mut update: Update,
) -> Result<Settings, Vec<FieldError>> {
    let mut errors: Vec<FieldError> = Vec::new();
    for (field, value) in update.iter_mut().filter(|(field, _)| field.starts_with("hotkeys.")) {
        match value.as_str().map(str::parse::<KeyCombination>) {
            Some(Ok(keys)) => *value = keys.to_string().into(),
            Some(Err(error)) => errors.push(FieldError::new(field, error.to_string())),
            None => {}
        }
    }
    let new = settings.updated(&update).and_then(|new| new.validate().map(|()| new));
    for error in new.as_ref().err().into_iter().flatten() {
        if !errors.iter().any(|known| known.field == error.field) {
            errors.push(error.clone());
        }
    }
    new.ok().filter(|_| errors.is_empty()).ok_or(errors)
}

/// The settings with every hotkey as people write it; one that is not understood stays as it is.
fn with_normal_keys(settings: &Settings) -> Settings {
    let normal = |(field, keys): (&str, &str)| {
        Some((field.to_owned(), keys.parse::<KeyCombination>().ok()?.to_string().into()))
    };
    let update: Update = settings.hotkeys.iter().filter_map(normal).collect();
    settings.updated(&update).unwrap_or_else(|_| settings.clone())
}

#[cfg(test)]
mod tests {
    use pounce_service::settings::SettingLimits;
    use serde_json::json;

    use super::*;

    fn update(json: &str) -> Update {
        serde_json::from_str(json).unwrap()
    }

    fn refused(json: &str) -> Vec<String> {
        let errors = updated(&Settings::default(), update(json)).err().unwrap_or_default();
        assert!(
            errors.iter().all(|error| !error.message.is_empty()),
            "every refusal says why: {errors:?}"
        );
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn an_update_changes_its_fields_and_no_others() {
        let changes = json!({
            "hotkeys.complete_line": "Super+J",
            "hotkeys.complete_block": null,
            "desktop.mode": "block",
            "clipboard.behaviour": "paste",
            "clipboard.encode_on_copy": true,
            "desktop.notices": "none",
            "cache.keep_on_disk": true,
            "desktop.start_at_login": true,
            "deadlines.target_ms": 90,
            "deadlines.maximum_ms": 250,
            "memory.budget_mb": 512,
            "memory.idle_unload_minutes": "never",
            "models.threads": 1,
            "models.device": "cuda",
            "log.level": "debug",
        });
        let mut typed = changes.as_object().unwrap().clone();
        typed.insert("hotkeys.complete_line".to_owned(), "super+KeyJ".into());
        let new = updated(&Settings::default(), typed).unwrap();
        let shown = serde_json::to_value(state(&new)).unwrap();
        for (field, value) in changes.as_object().unwrap() {
            let pointer = format!("/settings/{}", field.replace('.', "/"));
            assert_eq!(
                shown.pointer(&pointer),
                Some(value),
                "{field} reaches the settings and comes back"
            );
        }
        assert_eq!(
            updated(&new, Update::new()),
            Ok(new.clone()),
            "an empty update changes nothing"
        );
        let automatic = updated(&new, update(r#"{"memory.budget_mb": null}"#)).unwrap();
        assert_eq!(automatic.memory.budget_mb, None, "null is a value, not an absent field");
    }

    #[test]
    fn every_mode_of_the_settings_reaches_the_window_and_comes_back() {
        use pounce_engine::Mode;
        for (name, mode) in [("line", Mode::Line), ("block", Mode::Block), ("free", Mode::Free)] {
            let change = update(&json!({ "desktop.mode": name }).to_string());
            let new = updated(&Settings::default(), change).unwrap();
            assert_eq!(new.desktop.mode, mode);
            let shown = serde_json::to_value(state(&new)).unwrap();
            assert_eq!(shown["settings"]["desktop"]["mode"], name);
        }
    }

    #[test]
    fn wrong_values_are_refused_beside_their_field() {
        let (line, block) = ("hotkeys.complete_line", "hotkeys.complete_block");
        let keys = |field: &str, keys: &str| refused(&json!({ field: keys }).to_string());
        assert_eq!(keys(line, "K"), [line], "a bare key");
        assert_eq!(keys(line, ""), [line], "the line's hotkey cannot be turned off");
        assert_eq!(keys(block, "Ctrl+Nonsense"), [block], "no such key");
        assert_eq!(keys(block, "Ctrl+Alt+Space"), [block], "the line's hotkey already");
        assert_eq!(keys(block, "alt+control+space"), [block], "the same in other words");
        let target = "deadlines.target_ms";
        assert_eq!(refused(r#"{"deadlines.target_ms": 5}"#), [target], "below the least");
        let maximum = "deadlines.maximum_ms";
        assert_eq!(refused(r#"{"deadlines.maximum_ms": 50}"#), [maximum], "below the target");
        assert_eq!(
            refused(r#"{"memory.budget_mb": 1, "models.threads": 1000}"#),
            ["models.threads", "memory.budget_mb"],
            "both"
        );
    }

    #[test]
    fn the_form_s_bounds_are_the_service_s() {
        for SettingLimits { field, min, max } in state(&Settings::default()).limits {
            let check = |value: u64, is_right: bool| {
                // Target and maximum bound each other, so both move.
                let json = if field.starts_with("deadlines.") {
                    json!({ "deadlines.target_ms": value, "deadlines.maximum_ms": value })
                } else {
                    json!({ *field: value })
                };
                assert_eq!(refused(&json.to_string()).is_empty(), is_right, "{json}");
            };
            check(*min, true);
            check(*max, true);
            check(max + 1, false);
            if *min > 0 {
                check(min - 1, false);
            }
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert_eq!(refused(r#"{"colour": "red"}"#), ["colour"], "a typo is not ignored");
    }
}
