//! Starting the app, starting it twice, and every way it can end.

use std::fs;

use crate::app::Home;
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::clipboard_manager::ClipboardManager;
use crate::session::desktop::Desktop;
use crate::session::window::KeyHolder;

use super::SNIPPET;
use super::requests::{completion_of, start};

/// The titles of the open windows, one a line.
pub(super) fn windows(desktop: &Desktop) -> String {
    desktop.tool("wmctrl", &["-l"])
}

pub(crate) fn a_taken_hotkey_is_reported(desktop: &Desktop) {
    let home = Home::new();
    let holder = KeyHolder::hold_ctrl_alt_space(desktop).expect("no program holds the keys yet");
    let app = home.start(desktop, &[]);
    let told = app.menu().wait("Pounce: needs attention", |_| true);
    assert!(told.label.contains("Ctrl+Alt+Space"), "the menu names the keys: {told:?}");
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+shift+space");
    completion_of(desktop, SNIPPET);
    drop(holder);
    app.quit();
}

pub(crate) fn a_taken_hotkey_is_tried_again(desktop: &Desktop) {
    let home = Home::new();
    let holder = KeyHolder::hold_ctrl_alt_space(desktop).expect("no program holds the keys yet");
    let app = home.start(desktop, &[]);
    let told = desktop.notices.wait("A hotkey does not work");
    assert!(told.contains("Ctrl+Alt+Space"), "the notice names the keys: {told:?}");
    drop(holder);
    desktop.notices.wait("Ctrl+Alt+Space works now");
    let menu = app.menu();
    menu.wait("Ctrl+Alt+Space: ", |_| true);
    menu.wait("Ctrl+Alt+Shift+Space: ", |_| true);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    app.quit();
}

pub(crate) fn a_second_start_shows_the_first(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    for _ in 0..2 {
        let second = home.run(desktop, &[]);
        assert!(second.status.success(), "the second start ends well: {second:?}");
        wait_until("the dashboard", || windows(desktop).matches("Pounce Dashboard").count() == 1);
    }
    home.run(desktop, &["show", "settings"]);
    wait_until("the settings", || windows(desktop).contains("Pounce Settings"));
    home.run(desktop, &[]);
    wait_until("the dashboard in front", || {
        desktop.tool("xdotool", &["getactivewindow", "getwindowname"]) == "Pounce Dashboard"
    });
    desktop.screenshot("two-windows");
    app.quit();
}

pub(crate) fn a_killed_app_starts_again(desktop: &Desktop) {
    let home = Home::new();
    home.start(desktop, &[]).kill();
    let app = start(desktop, &home);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    app.quit();
}

pub(crate) fn a_clipboard_manager_keeps_the_completion(desktop: &Desktop) {
    let home = Home::new();
    let _manager = ClipboardManager::start(desktop);
    let app = start(desktop, &home);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    let added = completion_of(desktop, SNIPPET);
    app.quit();
    let kept = format!("{SNIPPET}{added}");
    wait_until("the completion", || clipboard::text(desktop) == kept);
    assert!(!desktop.notices.has("The clipboard is empty"), "nothing is lost");
}

pub(crate) fn a_completion_that_ends_with_the_app_is_reported(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    app.quit();
    let told = desktop.notices.wait("The clipboard is empty");
    assert!(told.contains("clipboard manager"), "the remedy: {told:?}");
}

pub(crate) fn no_display_is_one_clear_line(desktop: &Desktop) {
    let home = Home::new();
    for display in [None, Some(":4711")] {
        let mut command = home.command(desktop, &[]);
        match display {
            Some(display) => command.env("DISPLAY", display),
            None => command.env_remove("DISPLAY"),
        };
        let output = command.output().expect("the binary can be run");
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "it fails, and does not panic: {error}");
        assert_eq!(error.lines().count(), 1, "one line: {error}");
        assert!(error.starts_with("pounce: no display"), "and a clear one: {error}");
    }
    let trigger = home.run(desktop, &["trigger"]);
    let error = String::from_utf8_lossy(&trigger.stderr);
    assert_eq!(
        (trigger.status.code(), error.lines().count()),
        (Some(1), 1),
        "no instance runs: {error}"
    );
    assert!(error.contains("not running"), "and that is said: {error}");
}

pub(crate) fn without_a_bus_the_app_runs(desktop: &Desktop) {
    let home = Home::new();
    let mut command = home.command(desktop, &[]);
    let log = fs::File::create(home.path().join("app.log")).expect("the folder is ours");
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").stderr(log);
    let app = crate::session::process::Process::start(command);
    home.wait_until_warm(desktop);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    assert!(
        home.log().contains("start pounce again to open its windows"),
        "a warning says how: {}",
        home.log()
    );
    let mut second = home.command(desktop, &["show", "settings"]);
    assert!(
        second.status().is_ok_and(|status| status.success()),
        "the second start reaches the first"
    );
    wait_until("the settings", || windows(desktop).contains("Pounce Settings"));
    drop(app);
}

pub(crate) fn closing_the_window_does_not_quit(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &["show", "dashboard"]);
    wait_until("the dashboard", || windows(desktop).contains("Pounce Dashboard"));
    desktop.tool("wmctrl", &["-c", "Pounce Dashboard"]);
    wait_until("the window to be gone", || !windows(desktop).contains("Pounce Dashboard"));
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    assert!(app.quit().success(), "the app was still there to quit");
}

pub(crate) fn keys_close_a_window(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &["show", "dashboard"]);
    for (window, title, keys) in [
        ("dashboard", "Pounce Dashboard", "Escape"),
        ("settings", "Pounce Settings", "ctrl+w"),
        ("history", "Pounce Completions", "Escape"),
        ("about", "About Pounce", "ctrl+w"),
    ] {
        home.run(desktop, &["show", window]);
        wait_until("the window in front", || {
            desktop.tool("xdotool", &["getactivewindow", "getwindowname"]) == title
        });
        // The page listens once it is drawn.
        wait_until("the window to be gone", || {
            desktop.press(keys);
            !windows(desktop).contains(title)
        });
    }
    assert!(app.quit().success(), "the app was still there to quit");
}

pub(crate) fn a_broken_settings_file_is_told_and_stays(desktop: &Desktop) {
    let home = Home::new();
    let folder = home.path().join("config/pounce");
    fs::create_dir_all(&folder).expect("the folder is ours");
    fs::write(folder.join("settings.jsonc"), "{ broken").expect("the folder is ours");
    let app = home.start(desktop, &[]);
    let line = app.menu().wait("Pounce: needs attention", |_| true);
    assert!(line.label.contains("settings file"), "the menu says why: {line:?}");
    let told = desktop.notices.wait("The settings file has a mistake");
    assert!(told.contains("settings.jsonc"), "the notice names the file: {told:?}");
    assert_eq!(home.settings(), "{ broken", "the user's text is not touched");
    assert!(app.id() > 0 && app.quit().success(), "the app runs with the defaults");
}
