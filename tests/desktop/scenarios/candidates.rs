//! Candidates: pressing again shows the next completion, and in the end the snippet as it was.

use serde_json::json;

use crate::app::{App, Home};
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::window::FocusedWindow;

use super::SNIPPET;
use super::requests::{completion_of, start};

/// Copies the snippet, completes it, and returns what was added.
fn complete(desktop: &Desktop) -> (Copied, String) {
    let copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    let first = completion_of(desktop, SNIPPET);
    desktop.notices.wait("Completed in ");
    (copied, first)
}

/// Presses again, waits for `notice`, and returns what the clipboard holds after the snippet.
fn press_again(desktop: &Desktop, notice: &str) -> String {
    desktop.notices.clear();
    desktop.press("ctrl+alt+space");
    added_after(desktop, notice)
}

/// A completion of one line as the menu shows it.
fn line_of(added: &str) -> String {
    added.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn added_after(desktop: &Desktop, notice: &str) -> String {
    desktop.notices.wait(notice);
    let text = clipboard::text(desktop);
    let added = text.strip_prefix(SNIPPET).expect("the user's own text stays");
    added.to_owned()
}

pub(crate) fn presses_go_through_the_candidates_and_back(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let (_copied, first) = complete(desktop);
    let second = press_again(desktop, "2 of 3");
    let third = press_again(desktop, "3 of 3");
    let differ = !second.is_empty() && first != second && second != third && first != third;
    assert!(differ, "three texts: {first:?}, {second:?}, {third:?}");
    assert_eq!(press_again(desktop, "The snippet as it was"), "", "the user's own text");
    assert_eq!(press_again(desktop, "1 of 3"), first, "and around");
    assert!(!home.log().contains("Adds two numbers"), "no code reaches the log");
    app.quit();
}

pub(crate) fn a_new_copy_begins_anew(desktop: &Desktop) {
    const NEWER: &str = "def double(number):\n    return ";
    let home = Home::new();
    let app = start(desktop, &home);
    let (_copied, _) = complete(desktop);
    press_again(desktop, "2 of ");
    let _newer = Copied::text(desktop, NEWER);
    desktop.notices.clear();
    desktop.press("ctrl+alt+space");
    let added = completion_of(desktop, NEWER);
    desktop.notices.wait("Completed in ");
    assert!(added.contains("number"), "the newer snippet is completed: {added:?}");
    app.quit();
}

pub(crate) fn one_undo_takes_the_candidates_back(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let (_copied, _) = complete(desktop);
    press_again(desktop, "2 of ");
    home.run(desktop, &["undo"]);
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::text(desktop), SNIPPET, "the user's own text");
    let undone = home.run(desktop, &["undo"]);
    assert!(!undone.status.success(), "there is nothing else to undo");
    app.quit();
}

pub(crate) fn a_candidate_is_chosen_without_a_hotkey(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let early = home.run(desktop, &["next"]);
    assert!(!early.status.success(), "nothing was completed yet");
    let (_copied, first) = complete(desktop);
    desktop.notices.clear();
    home.run(desktop, &["next"]);
    let second = added_after(desktop, "2 of 3");
    app.menu().wait(&line_of(&second), |line| line.is_checked);
    app.menu().click(&line_of(&first));
    assert_eq!(added_after(desktop, "1 of 3"), first);
    app.menu().click("Next completion");
    wait_until("the second", || clipboard::text(desktop) == format!("{SNIPPET}{second}"));
    app.menu().click("The snippet as it was");
    wait_until("the snippet", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

pub(crate) fn after_a_paste_the_next_candidate_is_copied(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }));
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    window.wait_for_ctrl_v();
    let pasted = window.fetch();
    desktop.notices.wait("Pasted in ");
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("2 of 3");
    let next = clipboard::text(desktop);
    assert!(!next.contains("def") && next != pasted, "another completion alone: {next:?}");
    home.run(desktop, &["undo"]);
    wait_until("the snippet", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

/// Presses the hotkey in a window and keeps its modifiers held, until the completion is there.
fn complete_and_hold(desktop: &Desktop, home: &Home, app: &App<'_>) {
    let idle = app.menu().icon();
    desktop.tool("xdotool", &["keydown", "ctrl", "keydown", "alt", "key", "space"]);
    wait_until("the model's answer", || home.stage_count(desktop, "first_token") == 1);
    wait_until("the end of the work", || app.menu().icon() == idle);
}

fn let_go(desktop: &Desktop) {
    desktop.tool("xdotool", &["keyup", "alt", "keyup", "ctrl"]);
}

/// The windows that list the candidates, of which there is at most one.
fn popup(desktop: &Desktop) -> String {
    desktop.tool("xdotool", &["search", "--onlyvisible", "--name", "^Pounce Completions$"])
}

pub(crate) fn the_candidate_at_which_the_hotkey_is_let_go_is_pasted(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }));
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let _copied = Copied::text(desktop, SNIPPET);
    let focus = desktop.tool("xdotool", &["getwindowfocus"]);
    complete_and_hold(desktop, &home, &app);
    assert_eq!(popup(desktop), "", "who presses once sees nothing");
    desktop.tool("xdotool", &["key", "space"]);
    wait_until("the candidates", || !popup(desktop).is_empty());
    desktop.screenshot("candidates-while-held");
    assert_eq!(desktop.tool("xdotool", &["getwindowfocus"]), focus, "nothing takes the focus");
    assert!(!window.saw_ctrl_v(), "nothing is pasted yet");
    let_go(desktop);
    window.wait_for_ctrl_v();
    let pasted = window.fetch();
    desktop.notices.wait("Pasted in ");
    wait_until("the candidates to go", || popup(desktop).is_empty());
    let menu = app.menu();
    let shown = menu.wait(&line_of(&pasted), |line| line.is_checked);
    let candidates: Vec<_> = menu.lines().into_iter().filter(|line| line.is_radio).collect();
    let at = candidates.iter().position(|line| line.id == shown.id);
    let snippet = candidates.iter().position(|line| line.label == "The snippet as it was");
    assert_eq!(at, snippet.map(|snippet| snippet - 2), "the second of three: {candidates:?}");
    wait_until("the old clipboard", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

pub(crate) fn letting_go_at_the_snippet_pastes_nothing(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }));
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let _copied = Copied::text(desktop, SNIPPET);
    complete_and_hold(desktop, &home, &app);
    for _ in 0..3 {
        let before = popup(desktop);
        desktop.tool("xdotool", &["key", "space"]);
        wait_until("the next candidate", || {
            let now = popup(desktop);
            !now.is_empty() && now != before
        });
    }
    let_go(desktop);
    desktop.notices.wait("The snippet as it was");
    assert!(!window.saw_ctrl_v(), "that is how to change one's mind");
    assert_eq!(clipboard::text(desktop), SNIPPET, "and the clipboard is as it was");
    app.quit();
}
