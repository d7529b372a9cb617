//! Pasting: the completion reaches the focused window by way of the clipboard.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::app::{App, Home};
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::selection_owner::SelectionOwner;
use crate::session::window::{FocusedWindow, Layouts};

use super::SNIPPET;
use super::requests::start;

/// A home in which completions are pasted.
pub(crate) fn pasting() -> Home {
    Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }))
}

/// Opens a window, copies the snippet, presses the hotkey, and waits until the window sees the keys
/// that paste.
fn paste(desktop: &Desktop) -> (FocusedWindow, Copied) {
    let window = FocusedWindow::open(desktop);
    let copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    window.wait_for_ctrl_v();
    (window, copied)
}

/// Waits until the clipboard holds the snippet again, and ends the app.
fn ends_as_before(desktop: &Desktop, app: App<'_>, notice: &str) {
    desktop.notices.wait(notice);
    wait_until("the old clipboard", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

fn is_completion(text: &str) -> bool {
    !text.is_empty() && !text.contains("def")
}

pub(crate) fn a_paste_gives_the_clipboard_back(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (window, _copied) = paste(desktop);
    let offered = clipboard::owner_formats(desktop);
    assert!(
        offered.contains("x-kde-passwordManagerHint"),
        "no history keeps what is pasted: {offered:?}"
    );
    let pasted = window.fetch();
    assert!(is_completion(&pasted), "the window gets the completion alone: {pasted:?}");
    ends_as_before(desktop, app, "Pasted in ");
}

pub(crate) fn a_paste_waits_for_a_slow_window(desktop: &Desktop) {
    /// Longer than an idle program needs to fetch the clipboard.
    const SLOW: Duration = Duration::from_secs(1);
    let home = pasting();
    let app = start(desktop, &home);
    let (window, _copied) = paste(desktop);
    let start = Instant::now();
    while start.elapsed() < SLOW {
        // A fetch by a clipboard manager is not the paste, so the clipboard is not restored yet.
        let offered = clipboard::text(desktop);
        assert!(is_completion(&offered), "the completion is still on offer: {offered:?}");
    }
    let pasted = window.fetch();
    assert!(is_completion(&pasted), "a slow window gets it as well: {pasted:?}");
    ends_as_before(desktop, app, "Pasted in ");
}

/// Waits until the completion is on the clipboard for good, and ends the app.
fn ends_as_a_copy(desktop: &Desktop, home: &Home, app: App<'_>, why: &str) {
    let told = desktop.notices.wait("Copied, not pasted");
    assert!(told.contains(why), "the notice says why: {told:?}");
    assert!(is_completion(&clipboard::text(desktop)), "the completion is on the clipboard");
    let offered = clipboard::owner_formats(desktop);
    assert!(!offered.contains("password"), "as any copy, which histories keep: {offered:?}");
    home.run(desktop, &["undo"]);
    wait_until("the old clipboard", || clipboard::text(desktop) == SNIPPET);
    app.quit();
}

pub(crate) fn a_completion_that_no_window_takes_is_copied(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (_window, _copied) = paste(desktop);
    ends_as_a_copy(desktop, &home, app, "in time");
}

/// Opens a window, copies the snippet, and holds the hotkey down.
fn hold(desktop: &Desktop) -> (FocusedWindow, Copied) {
    let window = FocusedWindow::open(desktop);
    let copied = Copied::text(desktop, SNIPPET);
    for key in ["ctrl", "alt", "space"] {
        desktop.tool("xdotool", &["keydown", key]);
    }
    (window, copied)
}

fn let_go(desktop: &Desktop) {
    for key in ["space", "alt", "ctrl"] {
        desktop.tool("xdotool", &["keyup", key]);
    }
}

pub(crate) fn a_hotkey_that_is_held_is_waited_for(desktop: &Desktop) {
    /// Longer than a model needs, and than a person holds a key who does not mean to.
    const HELD: Duration = Duration::from_secs(2);
    let home = pasting();
    let app = start(desktop, &home);
    let (window, _copied) = hold(desktop);
    let start = Instant::now();
    while start.elapsed() < HELD {
        assert_eq!(clipboard::text(desktop), SNIPPET, "nothing happens while it is held");
    }
    let_go(desktop);
    window.wait_for_ctrl_v();
    assert!(is_completion(&window.fetch()), "the window gets the completion");
    ends_as_before(desktop, app, "Pasted in ");
}

pub(crate) fn a_hotkey_that_is_held_for_long_copies(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (window, _copied) = hold(desktop);
    let told = desktop.notices.wait("Copied, not pasted");
    let_go(desktop);
    assert!(told.contains("held"), "the notice says why: {told:?}");
    assert!(!window.saw_ctrl_v(), "no key was pressed");
    ends_as_a_copy(desktop, &home, app, "held");
}

pub(crate) fn every_format_is_given_back(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let rtf = format!("{{\\rtf1 {SNIPPET}}}");
    let formats = [("UTF8_STRING", SNIPPET), ("text/rtf", &rtf), ("image/png", "a picture")];
    let copied = SelectionOwner::new(desktop, &formats);
    desktop.press("ctrl+alt+space");
    window.wait_for_ctrl_v();
    assert!(is_completion(&window.fetch()), "the window gets the completion");
    desktop.notices.wait("Pasted in ");
    drop(copied);
    for (format, content) in formats {
        let now = clipboard::read(desktop, format);
        assert_eq!(now, content.as_bytes(), "{format} is there again");
    }
    app.quit();
}

pub(crate) fn what_is_copied_during_a_paste_stays(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (_window, _copied) = paste(desktop);
    // Not by xclip: its check that the copy is there would fetch the text that is offered for
    // pasting.
    let _newer = SelectionOwner::new(desktop, &[("UTF8_STRING", "something newer")]);
    desktop.notices.wait("Not pasted");
    assert_eq!(clipboard::text(desktop), "something newer", "the newest copy is the user's");
    app.quit();
}

pub(crate) fn a_fetch_by_a_clipboard_manager_is_not_called_a_paste(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (_window, _copied) = paste(desktop);
    // A clipboard manager fetches everything that is copied.
    assert!(is_completion(&clipboard::text(desktop)), "the completion is on offer");
    ends_as_a_copy(desktop, &home, app, "clipboard manager");
}

pub(crate) fn nothing_is_pasted_into_another_window(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (window, other) = (FocusedWindow::open(desktop), FocusedWindow::open(desktop));
    window.focus();
    let copied = Copied::text(desktop, SNIPPET);
    // An owner that does not answer keeps the request at its first stage, so that there is time to
    // change windows.
    copied.freeze(desktop, true);
    let menu = app.menu();
    let idle = menu.icon();
    desktop.press("ctrl+alt+space");
    wait_until("the working icon", || menu.icon() != idle);
    other.focus();
    other.saw_nothing();
    copied.freeze(desktop, false);
    let told = desktop.notices.wait("Copied, not pasted");
    assert!(told.contains("another window") || told.contains("Another window"), "why: {told:?}");
    assert!(is_completion(&clipboard::text(desktop)), "the completion is on the clipboard");
    assert!(other.saw_nothing(), "no key was pressed in the other window");
    home.run(desktop, &["undo"]);
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::text(desktop), SNIPPET, "and it can be taken back");
    app.quit();
}

pub(crate) fn a_paste_presses_the_v_of_the_active_layout(desktop: &Desktop) {
    /// The key code that produces V on the Dvorak layout and a full stop on the American one.
    const DVORAK_V: u8 = 60;
    let home = pasting();
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let _layouts = Layouts::set(desktop, "us,dvorak", 1);
    let _copied = Copied::text(desktop, SNIPPET);
    home.run(desktop, &["trigger"]);
    window.wait_for_ctrl_and(DVORAK_V);
    assert!(is_completion(&window.fetch()), "the window gets the completion");
    ends_as_before(desktop, app, "Pasted in ");
}
