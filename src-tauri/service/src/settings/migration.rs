//! Older layouts of the settings file, brought up to date one version at a time.
//!
//! To rename a setting: raise [`CURRENT`], add a step to [`STEPS`] that moves the old key of the
//! raw file, and a case to the tests.

use serde_json::{Map, Value};

/// The layout that this build reads and writes.
pub(super) const CURRENT: u32 = 2;

type Step = fn(&mut Map<String, Value>);

/// `STEPS[v]` turns version `v` into version `v + 1`. A file without a version is version 0: written
/// by hand, with today's names.
const STEPS: [Step; CURRENT as usize] = [|_| {}, name_notices];

/// Notices were a switch; off, it hid failures too, which was not said.
fn name_notices(file: &mut Map<String, Value>) {
    let notices = file.get_mut("desktop").and_then(|desktop| desktop.get_mut("notices"));
    if let Some(notices) = notices.filter(|notices| notices.is_boolean()) {
        let name = if *notices == Value::Bool(true) { "all" } else { "failures" };
        *notices = name.into();
    }
}

/// Why a file cannot be brought up to date.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is of version {found}, and this program knows versions up to {CURRENT}: update Pounce")]
pub(super) struct TooNew {
    found: u64,
}

/// Brings the raw user's file up to date.
pub(super) fn migrate(file: &mut Map<String, Value>) -> Result<(), TooNew> {
    migrate_by(&STEPS, file)
}

fn migrate_by(steps: &[Step], file: &mut Map<String, Value>) -> Result<(), TooNew> {
    let found = file.get("version").and_then(Value::as_u64).unwrap_or(0);
    let known = usize::try_from(found).ok().filter(|version| *version <= steps.len());
    for step in &steps[known.ok_or(TooNew { found })?..] {
        step(file);
    }
    file.insert("version".to_owned(), Value::from(steps.len()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RENAMES: [Step; 2] = [
        |file| {
            let old = file.remove("timeout");
            file.extend(old.map(|value| ("deadline".to_owned(), value)));
        },
        |file| {
            let old = file.remove("deadline");
            file.extend(old.map(|value| ("deadlines".to_owned(), json!({ "maximum_ms": value }))));
        },
    ];

    #[test]
    fn every_step_from_the_files_version_on_is_taken() {
        let check = |file: Value, expected: Value| {
            let mut file = file.as_object().unwrap().clone();
            migrate_by(&RENAMES, &mut file).unwrap();
            assert_eq!(Value::from(file), expected);
        };
        check(json!({}), json!({"version": 2}));
        check(json!({"timeout": 9}), json!({"version": 2, "deadlines": {"maximum_ms": 9}}));
        check(
            json!({"version": 1, "deadline": 9}),
            json!({"version": 2, "deadlines": {"maximum_ms": 9}}),
        );
        check(json!({"version": 2, "deadline": 9}), json!({"version": 2, "deadline": 9}));
    }

    #[test]
    fn a_switch_of_notices_becomes_a_choice() {
        let check = |notices: Value, expected: &str| {
            let file = json!({ "version": 1, "desktop": { "notices": notices } });
            let mut file = file.as_object().unwrap().clone();
            migrate(&mut file).unwrap();
            assert_eq!(file["desktop"]["notices"], expected);
        };
        check(json!(true), "all");
        check(json!(false), "failures");
        check(json!("none"), "none");
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused() {
        let mut file = json!({"version": 99}).as_object().unwrap().clone();
        assert_eq!(migrate(&mut file), Err(TooNew { found: 99 }), "its meaning is not known");
    }
}
