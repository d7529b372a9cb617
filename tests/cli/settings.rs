//! The settings file under the commands that read and change it.

use std::fs;

use tempfile::TempDir;

use super::{pounce, root};

/// Text that an editor has saved half written.
const BROKEN: &str = "{ \"remote\": { \"enabled\": true, ";

#[test]
fn commands_that_read_settings_move_nothing_and_say_what_is_wrong() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("settings.jsonc");
    fs::write(&file, BROKEN).unwrap();
    let sample = root().join("tests/samples/fibonacci.py");
    let complete = ["complete", "--model", "far", sample.to_str().unwrap()];
    for arguments in
        [&complete[..], &["models", "list"], &["remote", "list"], &["projects", "list"]]
    {
        let output = pounce(home.path()).args(arguments).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("settings.jsonc cannot be read: "), "{arguments:?}: {told}");
        assert_eq!(fs::read_to_string(&file).unwrap(), BROKEN, "after {arguments:?}");
    }
}

#[test]
fn a_command_changes_its_setting_and_leaves_the_rest_of_the_file() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("settings.jsonc");
    fs::write(&file, "{\n  // Mine.\n  \"version\": 2,\n  \"log\": { \"level\": 7 }\n}\n").unwrap();
    let output = pounce(home.path()).args(["remote", "on"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(&file).unwrap();
    let expected = "{\n  // Mine.\n  \"version\": 2,\n  \"log\": { \"level\": 7 },\n  \"remote\": {\n    \"enabled\": true\n  }\n}\n";
    assert_eq!(text, expected);
}
