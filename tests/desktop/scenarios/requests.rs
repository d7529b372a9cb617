//! Requests: from the key press to the completed clipboard.

use serde_json::json;

use crate::app::{App, Home};
use crate::patience::{wait_for, wait_until};
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::window::KeyHolder;

use super::SNIPPET;

/// Waits until the clipboard holds more than `snippet`, which it must begin with, and returns what
/// was added.
pub(crate) fn completion_of(desktop: &Desktop, snippet: &str) -> String {
    wait_for("the completion", || {
        let text = clipboard::text(desktop);
        text.strip_prefix(snippet).filter(|added| !added.is_empty()).map(str::to_owned)
    })
}

/// Starts the app and waits until it is ready.
pub(crate) fn start<'a>(desktop: &'a Desktop, home: &'a Home) -> App<'a> {
    let app = home.start(desktop, &[]);
    app.menu().wait("Pounce: ready", |_| true);
    app
}

pub(crate) fn a_hotkey_completes_the_clipboard(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    let added = completion_of(desktop, SNIPPET);
    assert_eq!(added.lines().count(), 1, "a line was asked for: {added:?}");
    assert!(added.contains('a') && added.contains('b'), "it is about the code: {added:?}");
    let told = desktop.notices.wait("Completed in ");
    assert!(told.contains("Pounce 50M"), "the notice says who answered, by its name: {told:?}");
    for stage in ["clipboard_read", "encode", "first_token", "clipboard_write", "total"] {
        assert_eq!(home.stage_count(desktop, stage), 1, "the metrics know the stage {stage}");
    }
    assert!(!home.log().contains("Adds two numbers"), "no code reaches the log");
    assert!(app.quit().success(), "and quitting is orderly");
}

pub(crate) fn the_tray_menu_completes_copies_and_undoes(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    assert!(!menu.wait("Undo", |_| true).is_enabled, "there is nothing to undo yet");
    let _copied = Copied::text(desktop, SNIPPET);
    menu.click("Complete clipboard");
    let added = completion_of(desktop, SNIPPET);
    menu.click("Undo last replacement");
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::text(desktop), SNIPPET, "undone");
    // The line that it completes, as it would be.
    menu.click(&format!("return {}", added.trim()));
    wait_until("the last completion", || clipboard::text(desktop) == added);
    app.quit();
}

pub(crate) fn another_press_cancels(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    let copied = Copied::text(desktop, SNIPPET);
    let idle = menu.icon();
    // An owner that does not answer keeps the request at its first stage, so that there is time to
    // cancel.
    copied.freeze(desktop, true);
    desktop.press("ctrl+alt+space");
    let working = wait_for("the working icon", || Some(menu.icon()).filter(|icon| *icon != idle));
    desktop.press("ctrl+alt+space");
    wait_until("the tray to show the cancelling", || menu.icon() != working);
    copied.freeze(desktop, false);
    desktop.notices.wait("Cancelled");
    assert_eq!(clipboard::text(desktop), SNIPPET, "nothing was written");
    app.quit();
}

pub(crate) fn a_model_is_switched_in_the_tray_menu(desktop: &Desktop) {
    let home = Home::new();
    home.install_model("mine");
    let app = start(desktop, &home);
    let menu = app.menu();
    assert!(menu.wait("Automatic", |_| true).is_checked, "the router chooses at first");
    desktop.screenshot("tray-menu-before");
    menu.click("mine");
    menu.wait("mine", |line| line.is_checked && line.label.contains("ready"));
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    let told = desktop.notices.wait("Completed in ");
    assert!(told.contains("mine"), "the model of the user's choice answered: {told:?}");
    assert!(home.settings().contains("mine"), "the choice is kept");
    app.quit();
}

pub(crate) fn pausing_gives_the_hotkey_back(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    menu.click("Pause");
    menu.wait("Pounce: paused", |_| true);
    home.run(desktop, &["trigger"]);
    desktop.notices.wait("Pounce is paused");
    // Held keys could not be taken by another program.
    wait_until("the keys to be free", || KeyHolder::hold_ctrl_alt_space(desktop).is_some());
    menu.click("Pause");
    menu.wait("Pounce: ready", |_| true);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    app.quit();
}

pub(crate) fn a_command_tells_whether_anything_was_done(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let fails = |command: &str, why: &str| {
        let output = home.run(desktop, &[command]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(why), "{command}: {output:?}");
    };
    fails("undo", "nothing to undo");
    fails("copy-last", "nothing was completed");
    let blank = Copied::text(desktop, " \n");
    fails("trigger", "empty");
    drop(blank);
    let _copied = Copied::text(desktop, SNIPPET);
    for command in ["trigger", "undo", "copy-last", "stats"] {
        let output = home.run(desktop, &[command]);
        assert!(output.status.success(), "{command}: {output:?}");
    }
    app.quit();
}

pub(crate) fn a_pause_survives_a_restart(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    app.menu().click("Pause");
    wait_until("the pause to be kept", || home.settings().contains("\"paused\": true"));
    app.kill();
    let app = home.start(desktop, &[]);
    app.menu().wait("Pounce: paused", |_| true);
    assert!(KeyHolder::hold_ctrl_alt_space(desktop).is_some(), "the hotkeys are not taken");
    app.menu().click("Pause");
    app.menu().wait("Pounce: ready", |_| true);
    app.quit();
    assert!(!home.settings().contains("paused"), "resuming is kept as well");
}

pub(crate) fn failures_are_told_where_successes_are_not(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "desktop": { "notices": "failures" } }));
    let app = start(desktop, &home);
    let copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    drop(copied);
    let _blank = Copied::text(desktop, " \n");
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Not completed");
    assert!(told.contains("empty"), "the reason: {told:?}");
    assert!(!desktop.notices.has("Completed in "), "the success was not told");
    app.quit();
}
