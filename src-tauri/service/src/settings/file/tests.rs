use super::*;
use crate::settings::fields::ClipboardBehaviour;
use crate::settings::idle::IdleUnload;
use proptest::prelude::*;
use serde_json::Value;

/// What is read of a file without a fault.
fn sound(settings: Settings) -> Loaded {
    Loaded { settings, ..Loaded::default() }
}

/// What is read of a file with this text.
fn read(text: &str) -> Loaded {
    reading::read(Path::new("settings.jsonc"), text.as_bytes())
}

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
    file.save(&Settings::default(), &settings).unwrap();
    let saved: Value = storage::read_json(&file.path).unwrap();
    let expected = serde_json::json!({
        "version": 2,
        "deadlines": { "target_ms": 80 },
        "models": { "pinned": "pounce-50m" },
        "clipboard": { "behaviour": "paste" },
    });
    assert_eq!(saved, expected, "what the user did not touch follows later defaults");
    assert_eq!(file.load(), sound(settings), "what was saved is read again");
}

#[test]
fn comments_a_missing_version_and_a_byte_order_mark_are_fine() {
    let Loaded { settings, problem, .. } =
        read("\u{feff}// mine\n{ \"deadlines\": { \"maximum_ms\": 300, }, }");
    assert_eq!((settings.deadlines.maximum_ms, problem), (300, None));
    assert_eq!(settings.deadlines.target_ms, 100, "the rest are defaults");
    assert_eq!(read(""), Loaded::default(), "an empty file changes nothing");
}

#[test]
fn a_file_that_cannot_be_read_stays_and_is_kept_aside_by_the_next_change() {
    let check = |text: &[u8], names: &str| {
        let (dir, file) = temporary();
        std::fs::write(&file.path, text).unwrap();
        let loaded = file.load();
        assert_eq!(loaded.settings, Settings::default(), "{text:?} must not stop the app");
        let problem = loaded.problem.expect("the user is told");
        assert!(problem.contains(names), "{problem:?} should name {names:?}");
        assert!(loaded.is_unreadable);
        assert_eq!(std::fs::read(&file.path).unwrap(), text, "reading moves nothing");
        let saved = file.save(&Settings::default(), &with_target(80)).unwrap();
        let aside = dir.path().join("settings.jsonc.broken");
        assert_eq!(saved.kept_aside, Some(aside.clone()));
        assert_eq!(std::fs::read(aside).unwrap(), text, "nothing the user wrote is lost");
        assert_eq!(file.load(), sound(with_target(80)));
    };
    check(b"{ \"deadlines\": ", "line 1");
    check(b"[1]", "not an object");
    check(b"{ \"version\": 7 }", "version 7");
    check(b"\xff\xfe{\0}\0", "not UTF-8");
}

#[test]
fn a_second_broken_file_does_not_replace_the_first() {
    let (dir, file) = temporary();
    for n in 1..=3 {
        std::fs::write(&file.path, format!("{{ broken {n}")).unwrap();
        file.save(&Settings::default(), &Settings::default()).unwrap();
    }
    let kept = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(kept("settings.jsonc.broken"), "{ broken 1");
    assert_eq!(kept("settings.jsonc.broken-3"), "{ broken 3");
}

#[test]
fn a_wrong_value_is_named_by_its_line_and_field_and_the_others_count() {
    let check = |text: &str, expected: &str| {
        let Loaded { settings, problem, .. } = read(text);
        let problem = problem.expect("a value is wrong");
        let problem = problem.strip_prefix("settings.jsonc: ").expect("the file is named");
        assert!(problem.starts_with(expected), "{problem:?} should start with {expected:?}");
        assert!(settings.validate().is_ok(), "what is left is valid");
        settings
    };
    let others = check(
        "{\n  // mine\n  \"deadlines\": { \"target_ms\": \"soon\", \"maximum_ms\": 400 },\n}",
        "line 3: deadlines.target_ms: invalid type: string \"soon\", expected u64",
    );
    assert_eq!(others.deadlines.maximum_ms, 400);
    let others = check(
        "{\n\"desktop\": {\n\"mode\": \"page\"\n},\n\"models\": { \"pinned\": \"far\" } }",
        "line 3: desktop.mode: unknown variant `page`",
    );
    assert_eq!(others.models.pinned, Some("far".into()));
    check("{ \"deadlines\": 7 }", "line 1: deadlines: invalid type: integer `7`");
    check(
        "{\n\"log\": { \"file\": 1 }\n}",
        "line 2: log.file: unknown field `file`, expected `level`",
    );
    check(
        "{\n\"models\":\n{\n\"threads\": 999 } }",
        "line 4: models.threads: must be between 0 and 256",
    );
    let others = check(
        "{ \"deadlines\": { \"target_ms\": 300 }, \"queue\": { \"capacity\": 5 } }",
        "deadlines.maximum_ms: must not be below",
    );
    assert_eq!((others.deadlines.target_ms, others.queue.capacity), (100, 5));
    let others = check(
        "{ \"hotkeys\": { \"complete\": \"Ctrl+\" }, \"queue\": { \"capacity\": 5 } }",
        "line 1: hotkeys.complete",
    );
    assert_eq!((others.hotkeys, others.queue.capacity), (Settings::default().hotkeys, 5));
}

#[test]
fn a_change_is_written_into_the_text_as_it_stands() {
    let check = |text: &str, change: fn(&mut Settings), expected: &str| {
        let (_dir, file) = temporary();
        std::fs::write(&file.path, text).unwrap();
        let before = file.load().settings;
        let mut after = before.clone();
        change(&mut after);
        let saved = file.save(&before, &after).unwrap();
        assert_eq!(std::fs::read_to_string(&file.path).unwrap(), expected);
        assert_eq!(file.load().settings, saved.settings);
    };
    check(
        "{\n  // Mine.\n  \"deadlines\": { \"target_ms\": 80 }, // fast\n  \"queue\": { \"capacity\": 5 },\n}\n",
        |settings| settings.deadlines.target_ms = 90,
        "{\n  // Mine.\n  \"deadlines\": { \"target_ms\": 90 }, // fast\n  \"queue\": { \"capacity\": 5 },\n  \"version\": 2,\n}\n",
    );
    check(
        "{\n  \"version\": 2,\n  \"projects\": {\n    \"folders\": [\n      \"/a\", // old\n      \"/b\" // new\n    ]\n  }\n}\n",
        |settings| settings.projects.folders.push("/c".into()),
        "{\n  \"version\": 2,\n  \"projects\": {\n    \"folders\": [\n      \"/a\", // old\n      \"/b\", // new\n      \"/c\"\n    ]\n  }\n}\n",
    );
    check(
        "{\n  \"version\": 2,\n  \"models\": {\n    \"pinned\": \"far\",\n    \"threads\": 2\n  }\n}\n",
        |settings| settings.models.pinned = None,
        "{\n  \"version\": 2,\n  \"models\": {\n    \"threads\": 2\n  }\n}\n",
    );
    check(
        "{ \"version\": 1, \"desktop\": { \"notices\": true } }",
        |settings| settings.queue.capacity = 5,
        "{\n  \"version\": 2,\n  \"desktop\": { \"notices\": \"all\" },\n  \"queue\": {\n    \"capacity\": 5\n  }\n}",
    );
}

#[test]
fn a_change_keeps_what_has_come_into_the_file_since_it_was_read() {
    let (_dir, file) = temporary();
    let before = file.load().settings;
    std::fs::write(&file.path, "{ \"queue\": { \"capacity\": 5 }, \"log\": { \"level\": 7 } }")
        .unwrap();
    let saved = file.save(&before, &with_target(80)).unwrap().settings;
    assert_eq!((saved.deadlines.target_ms, saved.queue.capacity), (80, 5));
    let text = std::fs::read_to_string(&file.path).unwrap();
    assert!(text.contains("\"level\": 7"), "a wrong value is the user's to correct: {text}");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_settings_stays_a_link() {
    let (dir, file) = temporary();
    let elsewhere = dir.path().join("dotfiles.jsonc");
    std::fs::write(&elsewhere, "{}").unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file.path).unwrap();
    file.save(&Settings::default(), &with_target(80)).unwrap();
    assert!(file.path.is_symlink());
    assert_eq!(SettingsFile::new(&elsewhere).load(), sound(with_target(80)));
}

fn with_target(target_ms: u64) -> Settings {
    let mut settings = Settings::default();
    settings.deadlines.target_ms = target_ms;
    settings
}

#[test]
fn invalid_settings_are_not_saved() {
    let (_dir, file) = temporary();
    let mut settings = Settings::default();
    settings.queue.concurrency = 0;
    let error = file.save(&Settings::default(), &settings).unwrap_err().to_string();
    assert_eq!(error, "queue.concurrency: must be between 1 and 16, and is 0");
    assert!(!file.path.exists(), "nothing was written");
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let file = SettingsFile::new(&blocked.join("settings.jsonc"));
    let error = file.save(&Settings::default(), &Settings::default()).unwrap_err().to_string();
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
        file.save(&Settings::default(), &settings).unwrap();
        prop_assert_eq!(file.load(), sound(settings));
    }
}
