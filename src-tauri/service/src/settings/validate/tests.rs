use super::*;
use crate::settings::idle::IdleUnload;
use crate::settings::paste_keys::{PasteKeys, PasteRule};
use crate::settings::remote::RemoteKind;

fn rule(program: &str) -> PasteRule {
    PasteRule { program: program.into(), keys: PasteKeys::Never }
}

#[test]
fn every_wrong_field_is_named() {
    let check = |change: fn(&mut Settings), fields: &[&str]| {
        let mut settings = Settings::default();
        change(&mut settings);
        let errors = settings.validate().err().unwrap_or_default();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, fields, "{errors:?}");
    };
    check(|_| {}, &[]);
    check(|s| s.deadlines.target_ms = 1, &["deadlines.target_ms"]);
    check(|s| s.deadlines.target_ms = 300, &["deadlines.maximum_ms"]);
    check(|s| s.models.temperature = f32::NAN, &["models.temperature"]);
    check(|s| s.memory.budget_mb = Some(1), &["memory.budget_mb"]);
    check(|s| s.memory.idle_unload = IdleUnload::Minutes(20_000), &["memory.idle_unload_minutes"]);
    check(|s| s.memory.idle_unload = IdleUnload::Never, &[]);
    check(|s| s.queue.concurrency = 0, &["queue.concurrency"]);
    check(|s| s.hotkeys.complete_line = "Ctrl+Alt".into(), &["hotkeys.complete_line"]);
    check(|s| s.hotkeys.complete_line = "Space".into(), &["hotkeys.complete_line"]);
    check(|s| s.hotkeys.complete_line = String::new(), &["hotkeys.complete_line"]);
    check(|s| s.hotkeys.complete_line = "F".into(), &["hotkeys.complete_line"]);
    check(|s| s.hotkeys.complete_line = "F25".into(), &["hotkeys.complete_line"]);
    check(|s| s.hotkeys.complete_line = "F9".into(), &[]);
    check(|s| s.hotkeys.complete_block = None, &[]);
    check(|s| s.clipboard.cursor_marker = Some(" ".into()), &["clipboard.cursor_marker"]);
    check(|s| s.clipboard.paste_keys = vec![rule("")], &["clipboard.paste_keys"]);
    check(|s| s.clipboard.paste_keys = vec![rule("St"), rule("st")], &["clipboard.paste_keys"]);
    check(|s| s.clipboard.paste_keys = vec![rule("St"), rule("foot")], &[]);
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

#[test]
fn every_whole_number_has_limits() {
    let Value::Object(groups) = serde_json::to_value(Settings::default()).unwrap() else {
        panic!("settings are an object");
    };
    for (group, fields) in groups.iter().filter(|(name, _)| *name != "version") {
        let numbers = fields.as_object().unwrap().iter().filter(|(_, value)| value.is_u64());
        for (field, _) in numbers {
            let path = format!("{group}.{field}");
            assert!(LIMITS.iter().any(|limits| limits.field == path), "{path} has no limits");
        }
    }
    for SettingLimits { field, min, max } in LIMITS {
        assert!(groups[field.split('.').next().unwrap()].is_object(), "{field} is no setting");
        assert!(min < max, "{field}");
    }
}

#[test]
fn two_engines_cannot_share_the_variable_of_a_key() {
    let named = |id: &str| {
        RemoteEngine::new(id.into(), "https://example.org/v1".to_owned(), RemoteKind::Openai)
    };
    let check = |ids: [&str; 2], is_clash: bool| {
        let mut settings = Settings::default();
        settings.remote.engines = ids.map(named).into();
        let errors = settings.validate().err().unwrap_or_default();
        let messages: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
        let expected =
            "a.b and a-b would share the key in POUNCE_REMOTE_KEY_A_B: rename one of them";
        assert_eq!(messages, if is_clash { vec![expected] } else { vec![] }, "{ids:?}");
    };
    check(["a.b", "a-b"], true);
    check(["a-b", "a-c"], false);
}
