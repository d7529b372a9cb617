//! What the menu offers in each state of the app.

use std::time::SystemTime;

use pounce_engine::Language;

use super::*;
use crate::tray::test_view::{entry, view};

fn flatten(entries: Vec<Entry>) -> Vec<Entry> {
    let nested = |entry| match entry {
        Entry::Submenu { entries, .. } => flatten(entries),
        other => vec![other],
    };
    entries.into_iter().flat_map(nested).collect()
}

fn marked(view: &TrayView) -> Vec<String> {
    let is_marked = |entry| match entry {
        Entry::Mark { text, is_marked: true, .. } => Some(text),
        _ => None,
    };
    flatten(entries(view)).into_iter().filter_map(is_marked).collect()
}

fn enabled(view: &TrayView) -> Vec<String> {
    let is_enabled = |entry| match entry {
        Entry::Item { text, is_enabled: true, .. } => Some(text),
        _ => None,
    };
    flatten(entries(view)).into_iter().filter_map(is_enabled).collect()
}

#[test]
fn marks_show_the_settings_in_force() {
    assert_eq!(marked(&view()), ["To the end of the line", "Automatic"], "the defaults");
    let pinned = TrayView { pinned: Some("large".into()), mode: Mode::Block, ..view() };
    assert_eq!(
        marked(&pinned),
        ["To the end of the block", "Large (not loaded)"],
        "a pinned model with its state"
    );
    let paused = TrayView { state: AppState::Paused, ..view() };
    assert!(marked(&paused).contains(&"Pause".to_owned()), "paused");
    let serving = TrayView { serves: true, ..view() };
    assert!(marked(&serving).contains(&"Answer editors".to_owned()), "serving");
}

#[test]
fn a_remote_engine_says_where_the_code_goes() {
    let check = |host: &str, leaves_machine, text: &str| {
        let url = format!("http://{host}");
        let remote = Some(RemoteInfo { url, host: host.into(), leaves_machine });
        let entry = ModelEntry { remote, ..entry("far", "Far", ModelState::Warm) };
        let view = TrayView { pinned: Some("far".into()), models: vec![entry], ..view() };
        assert_eq!(marked(&view)[1], text, "marked where it is chosen");
    };
    check("gpu.example.org", true, "Far (leaves this machine: gpu.example.org)");
    check("127.0.0.1", false, "Far (server at 127.0.0.1)");
}

#[test]
fn the_candidates_of_the_last_request_can_be_chosen() {
    let lines = vec!["a + b".to_owned(), "a".to_owned()];
    let check = |shown: usize, expected: &str| {
        let candidates = CandidateList { lines: lines.clone(), shown };
        let view = TrayView { candidates, ..view() };
        assert_eq!(marked(&view)[2], expected, "the one on the clipboard is marked");
        assert!(enabled(&view).contains(&"Next completion".to_owned()), "and there is a next one");
    };
    check(1, "a");
    check(2, "The snippet as it was");
}

fn completed() -> Arc<Completed> {
    let completed = Completed {
        id: 1,
        at: SystemTime::UNIX_EPOCH,
        snippet: "def add(a, b):\n    return ".into(),
        text: "a + b".into(),
        language: Language::Unknown,
        level: None,
    };
    Arc::new(completed)
}

#[test]
fn unavailable_commands_cannot_be_clicked() {
    let always =
        ["Complete clipboard", "Dashboard", "Settings", "Help and About", "Show all", "Quit"];
    assert_eq!(enabled(&view()), always, "nothing was completed yet");
    let after = TrayView { history: vec![completed()], can_undo: true, ..view() };
    assert_eq!(enabled(&after).len(), always.len() + 3, "then it can be copied, forgotten, undone");
    let code = "return a + b".to_owned();
    assert!(enabled(&after).contains(&code), "known by the line that it completes");
    let paused = TrayView { state: AppState::Paused, ..view() };
    assert!(!enabled(&paused).contains(&always[0].to_owned()), "paused is paused");
    let empty = TrayView { models: Vec::new(), ..view() };
    let label = Entry::Label("No model is installed".into());
    assert!(flatten(entries(&empty)).contains(&label), "an empty list would say nothing");
}

#[test]
fn a_request_does_not_redraw_the_menu() {
    let working = TrayView { state: AppState::Working, ..view() };
    assert_eq!(entries(&working), entries(&view()), "only the icon changes while a request runs");
}

/// The kind of each line, and of those of submenus below it.
fn kinds(entries: Vec<Entry>) -> Vec<String> {
    let kind = |entry| match entry {
        Entry::Submenu { entries, .. } => format!("{:?}", kinds(entries)),
        Entry::Label(_) | Entry::Item { .. } => "text".to_owned(),
        Entry::Mark { shape, .. } => format!("{shape:?}"),
        Entry::Separator => "separator".to_owned(),
    };
    entries.into_iter().map(kind).collect()
}

#[test]
fn each_line_keeps_its_place() {
    let hotkeys =
        HOTKEYS.iter().map(|it| ("F9".to_owned(), (it.description)(UiLanguage::En))).collect();
    let candidates = CandidateList { lines: vec!["a".into(), "b".into(), "c".into()], shown: 3 };
    let full = TrayView { hotkeys, candidates, history: vec![completed(); N_KEPT], ..view() };
    let empty = TrayView { hotkeys: Vec::new(), models: Vec::new(), ..view() };
    for other in [full, empty] {
        let same = kinds(entries(&view()));
        assert_eq!(kinds(entries(&other)), same, "the panel would have to read all again");
    }
}

#[test]
fn the_hotkeys_stand_below_the_state() {
    let line = "Ctrl+Alt+Space: complete the clipboard".to_owned();
    assert_eq!(entries(&view())[1], Entry::Label(line));
}
