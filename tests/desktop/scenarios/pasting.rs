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
fn pasting() -> Home {
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

pub(crate) fn a_paste_that_no_window_takes_gives_the_clipboard_back(desktop: &Desktop) {
    let home = pasting();
    let app = start(desktop, &home);
    let (_window, _copied) = paste(desktop);
    ends_as_before(desktop, app, "Not pasted");
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
    ends_as_before(desktop, app, "Not pasted");
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
