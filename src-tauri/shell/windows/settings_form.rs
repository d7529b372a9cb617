//! The service's settings as one flat form: field names, bounds, and a way there and back.
//!
//! The service validates; this module gives its messages to the fields of the form, and adds what only the desktop
//! knows: whether keys exist.

use pounce_service::settings::{self as core, FieldError as CoreError, IdleUnload};

use crate::hotkeys::key_combination::KeyCombination as Keys;
use crate::windows::wire::{
    ClipboardBehaviour, Device, FieldError, LogLevel, SettingLimits, Settings, SettingsState,
    SettingsUpdate,
};

/// The least and the greatest that a number may be.
type Bounds = (u32, u32);

/// A field of the form, what the service calls it, and its bounds where it is a number.
const FIELDS: [(&str, &str, Option<Bounds>); 7] = [
    ("hotkey", "hotkeys.complete_line", None),
    ("hotkey_block", "hotkeys.complete_block", None),
    ("target_ms", "deadlines.target_ms", Some((10, 60_000))),
    ("maximum_ms", "deadlines.maximum_ms", Some((10, 60_000))),
    ("memory_budget_mb", "memory.budget_mb", Some((64, 1_048_576))),
    ("idle_unload_minutes", "memory.idle_unload_minutes", Some((0, 10_080))),
    ("threads", "models.threads", Some((0, 256))),
];

/// What the settings window shows.
pub(crate) fn state(settings: &core::Settings) -> SettingsState {
    let limits = FIELDS.iter().filter_map(|(field, _, bounds)| {
        bounds.map(|(min, max)| SettingLimits { field: (*field).to_owned(), min, max })
    });
    SettingsState {
        settings: to_form(settings),
        defaults: to_form(&core::Settings::default()),
        limits: limits.collect(),
    }
}

/// `settings` with an update laid over them.
///
/// # Errors
/// What is wrong with which field; what the service refuses comes later, from [`refusals`].
pub(crate) fn updated(
    settings: &core::Settings,
    update: SettingsUpdate,
) -> Result<core::Settings, Vec<FieldError>> {
    let mut new = settings.clone();
    let mut errors = Vec::new();
    let mut keys = |field: &str, text: &str| match text.parse::<Keys>() {
        Ok(keys) => keys.to_string(),
        Err(error) => {
            errors.push(FieldError { field: field.into(), message: error.to_string() });
            text.to_owned()
        }
    };
    if let Some(text) = &update.hotkey {
        new.hotkeys.complete_line = keys("hotkey", text);
    }
    if let Some(text) = &update.hotkey_block {
        new.hotkeys.complete_block = (!text.is_empty()).then(|| keys("hotkey_block", text));
    }
    lay_over(&mut new, update);
    new.validate().map_err(|refused| merge(&mut errors, refused)).ok();
    if errors.is_empty() { Ok(new) } else { Err(errors) }
}

/// Everything of an update but the hotkeys.
fn lay_over(new: &mut core::Settings, update: SettingsUpdate) {
    fn set<T>(field: &mut T, value: Option<impl Into<T>>) {
        if let Some(value) = value {
            *field = value.into();
        }
    }
    set(&mut new.desktop.mode, update.mode);
    set(&mut new.clipboard.behaviour, update.clipboard);
    set(&mut new.clipboard.encode_on_copy, update.encode_on_copy);
    set(&mut new.desktop.notices, update.notices);
    set(&mut new.desktop.start_at_login, update.start_at_login);
    set(&mut new.cache.keep_on_disk, update.keep_cache);
    set(&mut new.deadlines.target_ms, update.target_ms);
    set(&mut new.deadlines.maximum_ms, update.maximum_ms);
    set(&mut new.models.threads, update.threads.map(|threads| threads as usize));
    set(&mut new.models.device, update.device);
    set(&mut new.log.level, update.log_level);
    if let Some(budget) = update.memory_budget_mb {
        new.memory.budget_mb = budget.map(u64::from);
    }
    if let Some(minutes) = update.idle_unload_minutes {
        new.memory.idle_unload =
            minutes.map_or(IdleUnload::Never, |minutes| IdleUnload::Minutes(minutes.into()));
    }
}

/// The service's refusals under the form's field names.
pub(crate) fn refusals(errors: Vec<CoreError>) -> Vec<FieldError> {
    let field = |name: &str| {
        FIELDS.iter().find(|(_, core, _)| *core == name).map_or(name.to_owned(), |f| f.0.into())
    };
    errors
        .into_iter()
        .map(|error| FieldError { field: field(error.field), message: error.message })
        .collect()
}

/// Adds refusals of fields that nothing is known to be wrong with yet: one message a field.
fn merge(errors: &mut Vec<FieldError>, refused: Vec<CoreError>) {
    for refusal in refusals(refused) {
        if !errors.iter().any(|error| error.field == refusal.field) {
            errors.push(refusal);
        }
    }
}

fn to_form(settings: &core::Settings) -> Settings {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    let keys =
        |text: &str| text.parse::<Keys>().map_or_else(|_| text.to_owned(), |keys| keys.to_string());
    Settings {
        hotkey: keys(&settings.hotkeys.complete_line),
        hotkey_block: settings.hotkeys.complete_block.as_deref().map(keys).unwrap_or_default(),
        mode: settings.desktop.mode,
        clipboard: settings.clipboard.behaviour.into(),
        encode_on_copy: settings.clipboard.encode_on_copy,
        notices: settings.desktop.notices,
        keep_cache: settings.cache.keep_on_disk,
        start_at_login: settings.desktop.start_at_login,
        target_ms: number(settings.deadlines.target_ms),
        maximum_ms: number(settings.deadlines.maximum_ms),
        memory_budget_mb: settings.memory.budget_mb.map(number),
        idle_unload_minutes: match settings.memory.idle_unload {
            IdleUnload::Minutes(minutes) => Some(number(minutes)),
            IdleUnload::Never => None,
        },
        threads: number(settings.models.threads as u64),
        device: settings.models.device.into(),
        log_level: settings.log.level.into(),
    }
}

impl From<core::ClipboardBehaviour> for ClipboardBehaviour {
    fn from(behaviour: core::ClipboardBehaviour) -> Self {
        match behaviour {
            core::ClipboardBehaviour::Append => Self::Append,
            core::ClipboardBehaviour::Replace => Self::Replace,
            core::ClipboardBehaviour::Paste => Self::Paste,
        }
    }
}

impl From<ClipboardBehaviour> for core::ClipboardBehaviour {
    fn from(behaviour: ClipboardBehaviour) -> Self {
        match behaviour {
            ClipboardBehaviour::Append => Self::Append,
            ClipboardBehaviour::Replace => Self::Replace,
            ClipboardBehaviour::Paste => Self::Paste,
        }
    }
}

impl From<core::Device> for Device {
    fn from(device: core::Device) -> Self {
        match device {
            core::Device::Cpu => Self::Cpu,
            core::Device::Cuda => Self::Cuda,
        }
    }
}

impl From<Device> for core::Device {
    fn from(device: Device) -> Self {
        match device {
            Device::Cpu => Self::Cpu,
            Device::Cuda => Self::Cuda,
        }
    }
}

impl From<core::LogLevel> for LogLevel {
    /// The file knows one more level, for developers.
    fn from(level: core::LogLevel) -> Self {
        match level {
            core::LogLevel::Error => Self::Error,
            core::LogLevel::Warn => Self::Warn,
            core::LogLevel::Info => Self::Info,
            core::LogLevel::Debug | core::LogLevel::Trace => Self::Debug,
        }
    }
}

impl From<LogLevel> for core::LogLevel {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::Error,
            LogLevel::Warn => Self::Warn,
            LogLevel::Info => Self::Info,
            LogLevel::Debug => Self::Debug,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pounce_engine::Mode;

    fn update(json: &str) -> SettingsUpdate {
        serde_json::from_str(json).unwrap()
    }

    fn refused(json: &str) -> Vec<String> {
        let errors = updated(&core::Settings::default(), update(json)).err().unwrap_or_default();
        assert!(
            errors.iter().all(|error| !error.message.is_empty()),
            "every refusal says why: {errors:?}"
        );
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn an_update_changes_its_fields_and_no_others() {
        let changes = r#"{"hotkey": "super+KeyJ", "hotkey_block": "", "mode": "block", "clipboard": "paste",
            "encode_on_copy": true, "notices": false, "keep_cache": true, "start_at_login": true, "target_ms": 90,
            "maximum_ms": 250, "memory_budget_mb": 512, "idle_unload_minutes": null, "threads": 1,
            "device": "cuda", "log_level": "debug"}"#;
        let new = updated(&core::Settings::default(), update(changes)).unwrap();
        let expected = Settings {
            hotkey: "Super+J".into(),
            hotkey_block: String::new(),
            mode: Mode::Block,
            clipboard: ClipboardBehaviour::Paste,
            encode_on_copy: true,
            notices: false,
            keep_cache: true,
            start_at_login: true,
            target_ms: 90,
            maximum_ms: 250,
            memory_budget_mb: Some(512),
            idle_unload_minutes: None,
            threads: 1,
            device: Device::Cuda,
            log_level: LogLevel::Debug,
        };
        assert_eq!(
            to_form(&new),
            expected,
            "every field of the form reaches the settings and comes back"
        );
        assert_eq!(updated(&new, update("{}")), Ok(new.clone()), "an empty update changes nothing");
        let automatic = updated(&new, update(r#"{"memory_budget_mb": null}"#)).unwrap();
        assert_eq!(automatic.memory.budget_mb, None, "null is a value, not an absent field");
    }

    #[test]
    fn wrong_values_are_refused_beside_their_field() {
        assert_eq!(refused(r#"{"hotkey": "K"}"#), ["hotkey"], "a bare key");
        assert_eq!(
            refused(r#"{"hotkey": ""}"#),
            ["hotkey"],
            "the line's hotkey cannot be turned off"
        );
        assert_eq!(
            refused(r#"{"hotkey_block": "Ctrl+Nonsense"}"#),
            ["hotkey_block"],
            "no such key"
        );
        assert_eq!(
            refused(r#"{"hotkey_block": "Ctrl+Alt+Space"}"#),
            ["hotkey_block"],
            "the line's hotkey already"
        );
        assert_eq!(
            refused(r#"{"hotkey_block": "alt+control+space"}"#),
            ["hotkey_block"],
            "the same in other words"
        );
        assert_eq!(refused(r#"{"target_ms": 5}"#), ["target_ms"], "below the least");
        assert_eq!(refused(r#"{"maximum_ms": 50}"#), ["maximum_ms"], "below the target");
        assert_eq!(
            refused(r#"{"memory_budget_mb": 1, "threads": 1000}"#),
            ["threads", "memory_budget_mb"],
            "both"
        );
    }

    #[test]
    fn the_form_s_bounds_are_the_service_s() {
        for (field, _, bounds) in FIELDS {
            let Some((min, max)) = bounds else { continue };
            let check = |value: u32, is_right: bool| {
                // Target and maximum bound each other, so both move.
                let json = match field {
                    "target_ms" | "maximum_ms" => {
                        format!(r#"{{"target_ms": {value}, "maximum_ms": {value}}}"#)
                    }
                    _ => format!(r#"{{"{field}": {value}}}"#),
                };
                assert_eq!(refused(&json).is_empty(), is_right, "{json}");
            };
            check(min, true);
            check(max, true);
            check(max + 1, false);
            if min > 0 {
                check(min - 1, false);
            }
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(
            serde_json::from_str::<SettingsUpdate>(r#"{"colour": "red"}"#).is_err(),
            "a typo is not ignored"
        );
    }
}
