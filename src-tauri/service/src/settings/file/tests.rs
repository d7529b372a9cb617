use super::*;
use crate::settings::fields::ClipboardBehaviour;
use crate::settings::idle::IdleUnload;
use proptest::prelude::*;

fn temporary() -> (tempfile::TempDir, SettingsFile) {
    let dir = tempfile::tempdir().unwrap();
    let file = SettingsFile::new(&dir.path().join("settings.jsonc"));
    (dir, file)
}

#[test]
fn the_default_file_has_every_field_and_is_valid() {
    let defaults = Settings::default();
    defaults.validate().unwrap();
    assert_eq!((defaults.deadlines.target_ms, defaults.deadlines.maximum_ms), (100, 200));
    assert_eq!(defaults.memory.idle_unload, IdleUnload::Minutes(5));
    assert!(
        !defaults.cache.keep_on_disk,
        "completions stay in memory unless the user says otherwise"
    );
}

#[test]
fn only_differences_are_saved() {
    let (_dir, file) = temporary();
    let mut settings = Settings::default();
    settings.deadlines.target_ms = 80;
    settings.models.pinned = Some("pounce-50m".into());
    settings.clipboard.behaviour = ClipboardBehaviour::Paste;
    file.save(&settings).unwrap();
    let saved: Value = storage::read_json(&file.path).unwrap();
    let expected = serde_json::json!({
        "version": 2,
        "deadlines": { "target_ms": 80 },
        "models": { "pinned": "pounce-50m" },
        "clipboard": { "behaviour": "paste" },
    });
    assert_eq!(saved, expected, "what the user did not touch follows later defaults");
    assert_eq!(file.load(), Loaded { settings, problem: None }, "what was saved is read again");
}

#[test]
fn comments_and_missing_versions_are_fine() {
    let settings = read("// mine\n{ \"deadlines\": { \"maximum_ms\": 300, }, }").unwrap();
    assert_eq!(settings.deadlines.maximum_ms, 300);
    assert_eq!(settings.deadlines.target_ms, 100, "the rest are defaults");
    assert_eq!(read("").unwrap(), Settings::default(), "an empty file changes nothing");
}

#[test]
fn a_broken_file_is_kept_aside_and_reported() {
    let check = |text: &str, names: &str| {
        let (dir, file) = temporary();
        std::fs::write(&file.path, text).unwrap();
        let loaded = file.load();
        assert_eq!(loaded.settings, Settings::default(), "{text:?} must not stop the app");
        let problem = loaded.problem.expect("the user is told");
        assert!(problem.contains(names), "{problem:?} should name {names:?}");
        let aside = std::fs::read_to_string(dir.path().join("settings.jsonc.broken")).unwrap();
        assert_eq!(aside, text, "nothing the user wrote is lost");
        assert_eq!(file.load().problem, None, "it is reported once");
    };
    check("{ \"deadlines\": ", "line 1");
    check("[1]", "not an object");
    check("{ \"deadlines\": { \"target\": 5 } }", "unknown field `target`");
    check("{ \"deadlines\": { \"target_ms\": \"soon\" } }", "soon");
    check("{ \"deadlines\": { \"target_ms\": 1 } }", "deadlines.target_ms");
    check("{ \"version\": 7 }", "version 7");
}

#[test]
fn a_wrong_value_is_named_by_its_line_and_field() {
    let check = |text: &str, expected: &str| {
        let problem = read(text).expect_err("a value is wrong");
        assert!(problem.starts_with(expected), "{problem:?} should start with {expected:?}");
    };
    check(
        "{\n  // mine\n  \"deadlines\": { \"target_ms\": \"soon\" },\n}",
        "line 3: deadlines.target_ms: invalid type: string \"soon\", expected u64",
    );
    check(
        "{\n\"desktop\": {\n\"mode\": \"page\"\n}\n}",
        "line 3: desktop.mode: unknown variant `page`",
    );
    check("{ \"deadlines\": 7 }", "line 1: deadlines: invalid type: integer `7`");
    check(
        "{\n\"log\": { \"file\": 1 }\n}",
        "line 2: log.file: unknown field `file`, expected `level`",
    );
    check(
        "{\n\"models\":\n{\n\"threads\": 999 } }",
        "line 4: models.threads: must be between 0 and 256",
    );
    check("{ \"deadlines\": { \"target_ms\": 300 } }", "deadlines.maximum_ms: must not be below");
}

#[test]
fn a_file_that_is_no_text_is_kept_aside_before_anything_is_saved() {
    let (dir, file) = temporary();
    let utf_16 = b"\xff\xfe{\0}\0";
    std::fs::write(&file.path, utf_16).unwrap();
    assert!(file.load().problem.is_some_and(|problem| problem.contains("set aside")));
    file.save(&Settings::default()).unwrap();
    let aside = std::fs::read(dir.path().join("settings.jsonc.broken")).unwrap();
    assert_eq!(aside, utf_16, "nothing the user wrote is lost");
}

#[test]
fn invalid_settings_are_not_saved() {
    let (_dir, file) = temporary();
    let mut settings = Settings::default();
    settings.queue.concurrency = 0;
    let error = file.save(&settings).unwrap_err().to_string();
    assert_eq!(error, "queue.concurrency: must be between 1 and 16, and is 0");
    assert!(!file.path.exists(), "nothing was written");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let file = SettingsFile::new(&blocked.join("settings.jsonc"));
    let error = file.save(&Settings::default()).unwrap_err().to_string();
    assert!(error.contains("settings.jsonc"), "{error:?} should name the file");
}

proptest! {
    #[test]
    fn any_valid_settings_survive_a_round_trip(
        target in 10_u64..500,
        budget in prop::option::of(64_u64..9_000),
        minutes in prop::option::of(0_u64..100),
        keep: bool,
    ) {
        let mut settings = Settings::default();
        settings.deadlines.target_ms = target;
        settings.deadlines.maximum_ms = target * 2;
        settings.memory.budget_mb = budget;
        settings.memory.idle_unload = minutes.map_or(IdleUnload::Never, IdleUnload::Minutes);
        settings.cache.keep_on_disk = keep;
        let (_dir, file) = temporary();
        file.save(&settings).unwrap();
        prop_assert_eq!(file.load(), Loaded { settings, problem: None });
    }
}
