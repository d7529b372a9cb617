//! `pounce eval` on a sample of the repository's own cases. What is asserted does not depend on how
//! good the model is: the faults are not there, and every figure is reported.

use std::ffi::OsStr;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::{root, run};

fn report(arguments: &[&OsStr]) -> Value {
    let output = run(&[&["eval".as_ref(), "--json".as_ref()], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn entries(report: &Value, key: &str) -> Vec<Value> {
    report[key].as_array().unwrap().clone()
}

#[test]
fn no_completion_has_the_fault_of_its_kind() {
    let folder = root().join("tests/edges");
    let report =
        report(&[folder.as_os_str(), "--edges".as_ref(), "--limit".as_ref(), "1".as_ref()]);
    let answers = entries(&report, "answers");
    assert_eq!(answers.len(), 20, "one of each kind");
    for answer in answers {
        assert_eq!(answer["clean"], true, "{answer}");
    }
}

#[test]
fn inside_a_line_nothing_is_repeated() {
    let file = root().join("tests/midline/python.jsonl");
    let report = report(&[file.as_os_str(), "--limit".as_ref(), "4".as_ref()]);
    let inside = &entries(&report, "rows")[1]["inside_line"];
    assert_eq!((&inside["cases"], &inside["repeats"]), (&4.into(), &0.0.into()), "{inside}");
}

#[test]
fn a_case_without_code_before_the_cursor_is_reported() {
    let folder = TempDir::new().unwrap();
    let cases = folder.path().join("cases.jsonl");
    let case = |prefix: &str| {
        format!("{{\"language\":\"ruby\",\"prefix\":\"{prefix}\",\"target\":\"1\"}}")
    };
    fs::write(&cases, format!("{}\n{}\n", case("  "), case("x = "))).unwrap();
    let report = report(&[cases.as_os_str()]);
    assert_eq!((&report["cases"], &report["blank"]), (&1.into(), &1.into()), "{report}");
}

#[test]
fn a_language_without_a_grammar_has_no_share_that_parses() {
    let folder = TempDir::new().unwrap();
    let cases = folder.path().join("ruby.jsonl");
    fs::write(&cases, "{\"prefix\":\"x = \",\"accepted\":[\".*\"]}\n").unwrap();
    let report = report(&[cases.as_os_str(), "--snippets".as_ref()]);
    assert!(entries(&report, "rows")[0]["parses"].is_null(), "{report}");
}
