//! Pasting into real programs: editors of three toolkits, and terminals.

use serde_json::json;

use crate::app::Home;
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::program::Program;

use super::SNIPPET;
use super::pasting::pasting;
use super::requests::start;

/// Selects the whole snippet in an editor, copies it, presses the hotkey, and checks that the completion stands behind it.
fn is_completed_behind_the_selection(desktop: &Desktop, editor: &[&str], class: &str) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::edit(desktop, editor, class, SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    let text = program.save(|text| text.trim_end() != SNIPPET.trim_end());
    desktop.screenshot(&format!("pasted-behind-{class}"));
    let added = text.strip_prefix(SNIPPET).unwrap_or_else(|| panic!("the code is gone: {text:?}"));
    assert_eq!(added.trim(), "a + b", "the completion stands behind the code, once: {text:?}");
    wait_until("the old clipboard", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

/// The same, with the cursor moved to the start of the text after the copy: nothing is selected any more.
fn is_completed_at_the_cursor(desktop: &Desktop, editor: &[&str], class: &str) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::edit(desktop, editor, class, SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+Home");
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    let text = program.save(|text| text.trim_end() != SNIPPET.trim_end());
    assert!(text.starts_with("a + bdef add"), "at the cursor, not a character on: {text:?}");
    app.quit();
}

pub(crate) fn a_selected_snippet_stays_in_a_gtk_editor(desktop: &Desktop) {
    is_completed_behind_the_selection(desktop, &["mousepad"], "mousepad");
}

pub(crate) fn a_selected_snippet_stays_in_a_gtk_4_editor(desktop: &Desktop) {
    is_completed_behind_the_selection(desktop, &["gnome-text-editor"], "text-editor");
}

pub(crate) fn a_selected_snippet_stays_in_a_qt_editor(desktop: &Desktop) {
    is_completed_behind_the_selection(desktop, &["featherpad"], "featherpad");
}

pub(crate) fn a_selected_snippet_stays_in_a_browser(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::browse(desktop, SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    wait_until("the pasted text", || program.title() != "page");
    let text = serde_json::to_string(&format!("{SNIPPET}a + b")).expect("a text is JSON");
    // A title has no spaces in a row.
    let text = text.replace("    ", " ");
    assert_eq!(program.title(), text, "the completion stands behind the code, once");
    desktop.screenshot("pasted-behind-chromium");
    app.quit();
}

pub(crate) fn a_cursor_that_has_moved_on_stays_in_a_gtk_editor(desktop: &Desktop) {
    is_completed_at_the_cursor(desktop, &["mousepad"], "mousepad");
}

pub(crate) fn a_cursor_that_has_moved_on_stays_in_a_qt_editor(desktop: &Desktop) {
    is_completed_at_the_cursor(desktop, &["featherpad"], "featherpad");
}

pub(crate) fn a_selected_snippet_gets_its_completion_at_the_marker(desktop: &Desktop) {
    let code = "def add(a, b):\n    \"\"\"Adds two numbers.\"\"\"\n    return <cursor>\n\n\nprint(add(1, 2))\n";
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::edit(desktop, &["mousepad"], "mousepad", code);
    program.select_and_copy(code);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    let text = program.save(|text| !text.contains("<cursor>"));
    assert_eq!(text, code.replace("<cursor>", "a + b"), "the rest of the code stays");
    app.quit();
}

/// Presses the hotkey in a terminal, and checks that the completion is typed there, and nothing else.
fn is_typed_in_a_terminal(desktop: &Desktop, terminal: &[&str], class: &str) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::terminal(desktop, terminal, class);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    desktop.screenshot(&format!("pasted-{class}"));
    assert_eq!(program.enter(), "a + b\n", "no control character, no line of its own");
    app.quit();
}

pub(crate) fn a_completion_is_pasted_into_an_old_terminal(desktop: &Desktop) {
    is_typed_in_a_terminal(desktop, &["xterm", "-e"], "xterm");
}

pub(crate) fn a_completion_is_pasted_into_a_new_terminal(desktop: &Desktop) {
    let terminal = ["xfce4-terminal", "--disable-server", "-x"];
    is_typed_in_a_terminal(desktop, &terminal, "xfce4-terminal");
}

pub(crate) fn nothing_is_pasted_into_a_program_that_the_user_names(desktop: &Desktop) {
    let home = Home::with_settings(json!({
        "clipboard": {
            "behaviour": "paste",
            "paste_keys": [{ "program": "mousepad", "keys": "never" }],
        },
    }));
    let app = start(desktop, &home);
    let program = Program::edit(desktop, &["mousepad"], "mousepad", SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Copied, not pasted");
    assert!(told.contains("Mousepad"), "the notice names the program: {told:?}");
    assert_eq!(clipboard::text(desktop), "a + b", "the completion is on the clipboard");
    assert_eq!(program.save(|_| true), SNIPPET, "nothing was typed");
    app.quit();
}

pub(crate) fn a_window_that_wakes_late_gets_the_completion(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = Program::edit(desktop, &["mousepad"], "mousepad", SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+End");
    // From the test's own program: the editor cannot hand its copy over while it is stopped.
    let _copied = Copied::text(desktop, SNIPPET);
    program.freeze(true);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Copied, not pasted");
    assert!(told.contains("in time"), "the notice says why: {told:?}");
    program.freeze(false);
    let text = program.save(|text| text != SNIPPET);
    assert_eq!(text.trim_end(), format!("{SNIPPET}a + b"), "not the snippet a second time");
    home.run(desktop, &["undo"]);
    wait_until("the old clipboard", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}
