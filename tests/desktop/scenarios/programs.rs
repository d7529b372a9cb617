//! Pasting into real programs: editors of three toolkits, and terminals.

use std::path::Path;

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

/// Opens `text` in a page's text field. The page's title becomes the text as JSON when it changes.
fn text_field<'a>(desktop: &'a Desktop, text: &str) -> Program<'a> {
    let script = "const field = document.querySelector('textarea');
        field.oninput = () => { document.title = JSON.stringify(field.value); }";
    let html = format!("<textarea autofocus rows=9>{text}</textarea><script>{script}</script>");
    Program::browse(desktop, &html)
}

/// Opens `text` in the editor of VS Code, as [`text_field`] does; `None` without it. The folder is that of npm's
/// `monaco-editor`.
fn code_editor<'a>(desktop: &'a Desktop, text: &str) -> Option<Program<'a>> {
    let Some(folder) = std::env::var_os("POUNCE_MONACO_EDITOR") else {
        eprintln!("not tried in Monaco: POUNCE_MONACO_EDITOR names no folder of monaco-editor");
        return None;
    };
    let vs = format!("file://{}/min/vs", Path::new(&folder).display());
    let text = serde_json::to_string(text).expect("a text is JSON");
    let script = format!(
        "require.config({{ paths: {{ vs: '{vs}' }} }});
        require(['vs/editor/editor.main'], () => {{
            const place = document.getElementById('editor');
            const editor = monaco.editor.create(place, {{ value: {text}, language: 'python' }});
            editor.onDidChangeModelContent(() => {{ document.title = JSON.stringify(editor.getValue()); }});
            editor.focus();
            document.title = 'ready';
        }});"
    );
    let html = format!(
        "<div id=editor style='height: 90vh'></div><script src='{vs}/loader.js'></script><script>{script}</script>"
    );
    let program = Program::browse(desktop, &html);
    wait_until("the editor", || program.title() == "ready");
    Some(program)
}

/// Waits until the text of a page is `text`.
fn holds(program: &Program<'_>, text: &str) {
    // A title has no spaces in a row.
    let title = serde_json::to_string(text).expect("a text is JSON");
    let title = title.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    wait_until("the pasted text", || program.title().starts_with('"'));
    assert_eq!(program.title(), title, "the completion stands behind the code, once");
}

pub(crate) fn a_selected_snippet_stays_in_a_browser(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let program = text_field(desktop, SNIPPET);
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    holds(&program, &format!("{SNIPPET}a + b"));
    desktop.screenshot("pasted-behind-chromium");
    app.quit();
}

pub(crate) fn a_selected_snippet_stays_in_the_editor_of_vs_code(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let Some(program) = code_editor(desktop, SNIPPET) else { return };
    program.select_and_copy(SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Pasted in ");
    holds(&program, &format!("{SNIPPET}a + b"));
    desktop.screenshot("pasted-behind-monaco");
    app.quit();
}

/// Without a selection, VS Code copies the line with its line end, and again when it is asked to.
pub(crate) fn a_line_is_copied_without_a_selection_in_the_editor_of_vs_code(desktop: &Desktop) {
    let code =
        "def add(a, b):\n    \"\"\"Adds two numbers.\"\"\"\n    return \n\nprint(add(1, 2))\n";
    let home = pasting();
    let app = start(desktop, &home);
    let Some(program) = code_editor(desktop, code) else { return };
    for key in ["Down", "Down", "End"] {
        desktop.press(key);
    }
    wait_until("the copy", || {
        desktop.press("ctrl+c");
        clipboard::text(desktop) == "    return \n"
    });
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("");
    wait_until("the completion", || program.title() != "ready");
    let pasted = program.title();
    desktop.screenshot("pasted-line-monaco");
    let lines: Vec<_> = pasted.split("\\n").collect();
    assert_eq!(lines.len(), code.matches('\n').count() + 1, "no line more: {pasted} ({told})");
    assert!(lines[2].starts_with(" return "), "on the line of the cursor: {pasted} ({told})");
    assert_ne!(lines[2], " return ", "the completion stands there: {pasted} ({told})");
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
