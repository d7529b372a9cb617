//! The app on Wayland, where no program may grab or press keys: requests come from the compositor's
//! key bindings, which run `pounce trigger`.

use serde_json::json;

use crate::app::page::Page;
use crate::app::{App, Home};
use crate::patience::{wait_for, wait_until};
use crate::session::desktop::Desktop;
use crate::session::larger_model::LargerModel;
use crate::session::panel::Panel;
use crate::session::portal::Portal;
use crate::session::wayland_clipboard::{copy, formats, paste};

use super::SNIPPET;
use super::improving;
use super::reading_ahead::n_read_ahead;

const TEXT: &str = "text/plain;charset=utf-8";
/// Part of the dashboard's hint if no panel shows the tray icon.
const NO_TRAY: &str = "No panel of this desktop shows tray icons";

/// Runs `pounce trigger` as a key binding of the compositor does. Its exit status is not checked,
/// because on a stalled machine the answer may come too late for the command; callers check the
/// effect.
fn trigger(desktop: &Desktop, home: &Home) {
    home.run(desktop, &["trigger"]);
}

fn quit(app: App<'_>) {
    assert!(app.quit().success(), "quitting is orderly");
}

/// Waits until the clipboard holds more than the snippet, and returns what was added.
fn completion(desktop: &Desktop) -> String {
    wait_for("the completion", || {
        let text = paste(desktop, TEXT);
        text.strip_prefix(SNIPPET).filter(|added| !added.is_empty()).map(str::to_owned)
    })
}

pub(crate) fn a_trigger_completes_the_clipboard(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    let _copied = copy(desktop, TEXT, SNIPPET);
    trigger(desktop, &home);
    let added = completion(desktop);
    assert!(added.contains('a') && added.contains('b'), "it is about the code: {added:?}");
    desktop.notices.wait("Completed in ");
    quit(app);
}

pub(crate) fn a_better_answer_comes_within_the_time_of_the_settings(desktop: &Desktop) {
    let larger = LargerModel::start(improving::BETTER);
    let home = improving::home(&larger, "append");
    let app = home.start(desktop, &[]);
    let _first = copy(desktop, TEXT, improving::FIRST);
    improving::load(desktop, &home, &larger);
    let _copied = copy(desktop, TEXT, SNIPPET);
    trigger(desktop, &home);
    larger.wait_until_asked();
    larger.answer();
    desktop.notices.wait("Improved in ");
    assert_eq!(paste(desktop, TEXT), improving::better());
    quit(app);
}

pub(crate) fn a_secret_is_never_read(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    let mark = "x-kde-passwordManagerHint";
    let _copied = copy(desktop, mark, "secret");
    let offered = formats(desktop);
    trigger(desktop, &home);
    let told = desktop.notices.wait("Not completed");
    assert!(told.contains("secret"), "the notice says why: {told:?}");
    assert_eq!(paste(desktop, mark), "secret", "the content is as it was");
    assert_eq!(formats(desktop), offered, "and still the other program's");
    quit(app);
}

pub(crate) fn a_copy_is_read_ahead_if_the_user_wants_that(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "encode_on_copy": true } }));
    let app = home.start(desktop, &[]);
    let _copied = copy(desktop, TEXT, SNIPPET);
    wait_until("the reading", || n_read_ahead(desktop, &home) > 0);
    trigger(desktop, &home);
    completion(desktop);
    desktop.notices.wait("Completed in ");
    assert_eq!(home.stage_count(desktop, "first_token"), 1, "the model answered");
    assert_eq!(home.stage_count(desktop, "encode"), 0, "and had read the prompt before");
    quit(app);
}

pub(crate) fn the_desktops_portal_delivers_the_hotkeys(desktop: &Desktop) {
    let portal = Portal::serve(desktop);
    let home = Home::with_settings(json!({ "hotkeys": { "complete_block": null } }));
    let app = home.start(desktop, &[]);
    assert_eq!(portal.bound(), ["complete"], "a hotkey that is off is not asked for");
    let _copied = copy(desktop, TEXT, SNIPPET);
    portal.press("complete");
    completion(desktop);
    portal.end_session();
    wait_until("the end to be noticed", || home.log().contains("the portal has ended"));
    quit(app);
}

pub(crate) fn the_settings_say_what_the_session_allows(desktop: &Desktop) {
    let portal = Portal::serve(desktop);
    let home = Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }));
    let page = Page::open(desktop, &home, "settings");
    assert_eq!(portal.bound().len(), 2, "both hotkeys are asked for");
    page.wait_for_text(
        "[id='setting-hotkeys.complete_line']",
        "change its keys in the desktop's keyboard settings",
    );
    page.wait_for_text("[id='setting-clipboard.behaviour']", "copied instead");
    portal.end_session();
    page.wait_for_text(
        "[id='setting-hotkeys.complete_line']",
        "Hotkeys do not work on this display",
    );
}

pub(crate) fn a_panel_that_comes_later_shows_the_icon(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    for _ in 0..2 {
        let panel = Panel::start(desktop);
        let menu = app.menu();
        menu.wait("Pounce: ready", |_| true);
        menu.click("Pause");
        menu.wait("Pounce: paused", |_| true);
        menu.click("Pause");
        drop(panel);
    }
    quit(app);
}

pub(crate) fn a_panel_that_comes_later_is_noticed(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "dashboard");
    page.wait_for_text("main", NO_TRAY);
    let panel = Panel::start(desktop);
    wait_until("the hint to be gone", || !page.wait("main").contains(NO_TRAY));
    drop(panel);
    page.wait_for_text("main", NO_TRAY);
}

pub(crate) fn a_paste_becomes_a_copy(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "behaviour": "paste" } }));
    let app = home.start(desktop, &[]);
    let _copied = copy(desktop, TEXT, SNIPPET);
    trigger(desktop, &home);
    let told = desktop.notices.wait("Copied, not pasted");
    assert!(told.contains("the completion is on the clipboard"), "where it is: {told:?}");
    let copied = paste(desktop, TEXT);
    assert!(!copied.is_empty() && !copied.contains("def"), "the completion alone: {copied:?}");
    home.run(desktop, &["undo"]);
    wait_until("the old clipboard", || paste(desktop, TEXT) == SNIPPET);
    let again = home.run(desktop, &["undo"]);
    assert!(!again.status.success(), "there is nothing left to undo: {again:?}");
    home.run(desktop, &["copy-last"]);
    wait_until("the last completion", || paste(desktop, TEXT) == copied);
    quit(app);
}

pub(crate) fn a_program_that_hangs_is_given_up(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    let copied = copy(desktop, TEXT, SNIPPET);
    desktop.tool("kill", &["-STOP", &copied.id().to_string()]);
    trigger(desktop, &home);
    let told = desktop.notices.wait("Not completed");
    assert!(told.contains("does not answer"), "the notice says why: {told:?}");
    desktop.tool("kill", &["-CONT", &copied.id().to_string()]);
    trigger(desktop, &home);
    completion(desktop);
    quit(app);
}
