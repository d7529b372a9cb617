//! Code as it is copied from elsewhere than an editor, with what stands around it there.

use serde_json::json;

use crate::app::page::Page;
use crate::app::{App, Home};
use crate::patience::{wait_for, wait_until};
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::selection_owner::SelectionOwner;

use super::SNIPPET;
use super::requests::{completion_of, start};

/// The beginning of a function whose rest has several lines.
const FUNCTION: &str = "def fib(n):\n    a, b = 0, 1\n    for _ in range(n):";

/// Copies `text`, completes it with `keys`, and takes that back; returns what was added to the text.
fn completed(desktop: &Desktop, home: &Home, keys: &str, text: &str) -> String {
    let _copied = Copied::text(desktop, text);
    desktop.notices.clear();
    desktop.press(keys);
    let added = completion_of(desktop, text);
    desktop.notices.wait("Completed in ");
    home.run(desktop, &["undo"]);
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::read(desktop, "UTF8_STRING"), text.as_bytes(), "byte for byte");
    added
}

/// Checks that a line and a block are completed in a disguise as they are without one: `disguise` puts it on code, and on
/// the lines of a completion but the first.
fn is_completed_as_without(desktop: &Desktop, disguise: fn(&str) -> String, new_line: &str) {
    let home = Home::with_settings(json!({ "hotkeys": { "complete_block": "F9" } }));
    let app: App<'_> = start(desktop, &home);
    for (keys, code) in [("ctrl+alt+space", SNIPPET), ("F9", FUNCTION)] {
        let bare = completed(desktop, &home, keys, code);
        assert_eq!(bare.contains('\n'), code == FUNCTION, "one line, or several: {bare:?}");
        let dressed = completed(desktop, &home, keys, &disguise(code));
        assert_eq!(dressed, bare.replace('\n', new_line), "dressed like {:?}", disguise(code));
    }
    app.quit();
}

pub(crate) fn code_with_the_line_ends_of_windows_is_completed(desktop: &Desktop) {
    is_completed_as_without(desktop, |code| code.replace('\n', "\r\n"), "\r\n");
}

pub(crate) fn code_with_the_spaces_of_a_web_page_is_completed(desktop: &Desktop) {
    is_completed_as_without(desktop, |code| code.replace(' ', "\u{a0}"), "\n");
}

pub(crate) fn a_doctest_is_completed(desktop: &Desktop) {
    let disguise = |code: &str| format!(">>> {}", code.replace('\n', "\n... "));
    is_completed_as_without(desktop, disguise, "\n... ");
}

pub(crate) fn a_diff_is_completed(desktop: &Desktop) {
    let disguise = |code: &str| format!("+{}", code.replace('\n', "\n+"));
    is_completed_as_without(desktop, disguise, "\n+");
}

pub(crate) fn the_language_that_an_editor_names_is_taken(desktop: &Desktop) {
    /// Nothing in it tells its language.
    const TEXT: &str = "total = ";
    let json = r#"{"version":1,"isFromEmptySelection":false,"multicursorText":null,"mode":"ruby"}"#;
    let packed = web_custom_data("vscode-editor-data", json);
    let home = Home::new();
    let page = Page::open(desktop, &home, "dashboard");
    let copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    drop(copied);
    page.click("input[type=radio][value='table']");
    let languages = || page.texts("table[data-testid='requests'] tbody td:nth-child(3)");
    for (format, content) in
        [("vscode-editor-data", json.as_bytes()), ("chromium/x-web-custom-data", packed.as_slice())]
    {
        // On a machine that stands still for a while, the editor's answer may come too late to be waited for; and the X server
        // drops a question whose program has gone on.
        wait_for("a request in the language that the editor names", || {
            let n_requests = languages().len();
            let _editor = SelectionOwner::new(
                desktop,
                &[("UTF8_STRING", TEXT.as_bytes()), (format, content)],
            );
            desktop.press("ctrl+alt+space");
            wait_until("the request in the table", || languages().len() > n_requests);
            (languages()[0] == "ruby").then_some(())
        });
    }
}

/// One format as Chromium packs it: strings are their number of UTF-16 units, then the units, padded to four bytes.
fn web_custom_data(name: &str, content: &str) -> Vec<u8> {
    let number = |number: usize| (number as u32).to_le_bytes();
    let mut payload = number(1).to_vec();
    for text in [name, content] {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        payload.extend(number(units.len() / 2));
        payload.extend(&units);
        payload.resize(payload.len().next_multiple_of(4), 0);
    }
    [&number(payload.len())[..], &payload].concat()
}

pub(crate) fn a_line_copied_with_its_line_end_is_finished(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let code = format!("{}\n", SNIPPET.trim_end());
    let _copied = Copied::text(desktop, &code);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Completed in ");
    let text = clipboard::text(desktop);
    let finished = text.strip_prefix(code.trim_end()).and_then(|rest| rest.strip_suffix('\n'));
    let finished = finished.unwrap_or_else(|| panic!("the line end is gone: {text:?}"));
    assert!(!finished.contains('\n') && !finished.is_empty(), "in its line: {text:?}");
    app.quit();
}

pub(crate) fn text_that_is_only_selected_is_completed(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let _older = Copied::text(desktop, "something that was copied before");
    let _selected = Copied::selected(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Completed in ");
    assert!(told.contains("Ctrl+V"), "the notice says how to paste it: {told:?}");
    completion_of(desktop, SNIPPET);
    home.run(desktop, &["undo"]);
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::text(desktop), "something that was copied before", "it is not lost");
    let newer = SNIPPET.replace("add", "sum");
    let _newer = Copied::text(desktop, &newer);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, &newer);
    app.quit();
}

pub(crate) fn cells_of_a_spreadsheet_are_text(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let formats = [("UTF8_STRING", SNIPPET), ("image/png", "a picture of the cells")];
    let _cells = SelectionOwner::new(desktop, &formats);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    app.quit();
}

pub(crate) fn a_program_that_hangs_is_given_up_in_a_sentence(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let copied = Copied::text(desktop, SNIPPET);
    copied.freeze(desktop, true);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Not completed");
    copied.freeze(desktop, false);
    assert_eq!(told, "The program that copied does not answer; copy again.", "no internals");
    app.quit();
}
