//! The first start: the window with the first steps, which leads a new user, and the measurement of the models.

use std::fs;

use serde_json::Value;

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::desktop::Desktop;
use crate::session::process::Process;

use super::lifetime::windows;

pub(crate) fn the_first_start_alone_shows_the_first_steps(desktop: &Desktop) {
    let home = Home::fresh();
    let app = home.start(desktop, &[]);
    wait_until("the first steps", || windows(desktop).contains("Pounce First Steps"));
    let calibration = home.path().join("data/pounce/calibration.json");
    wait_until("the calibration", || {
        fs::read_to_string(&calibration).is_ok_and(|text| text.contains("\"total_ms\":"))
    });
    let text = fs::read(&calibration).expect("the calibration was just there");
    let calibration: Value = serde_json::from_slice(&text).expect("it is JSON");
    let row = &calibration["rows"][0];
    assert!(row["model"] == "pounce-50m" && row["error"].is_null(), "it was measured: {row}");
    app.quit();

    let app = home.start(desktop, &[]);
    let open = windows(desktop);
    assert!(!open.contains("Pounce"), "a later start, as at login, opens no window: {open}");
    home.run(desktop, &["show", "welcome"]);
    wait_until("the first steps again", || windows(desktop).contains("Pounce First Steps"));
    app.quit();
}

pub(crate) fn a_first_start_without_a_bus_shows_the_first_steps(desktop: &Desktop) {
    let home = Home::fresh();
    let mut command = home.command(desktop, &[]);
    let silent = std::process::Stdio::null();
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").stderr(silent);
    let app = Process::start(command);
    wait_until("the first steps", || windows(desktop).contains("Pounce First Steps"));
    drop(app);
    wait_until("its windows to be gone", || !windows(desktop).contains("Pounce"));
}

pub(crate) fn a_new_user_tries_the_hotkey_and_chooses_a_language(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "welcome");
    page.screenshot("first-steps");
    let before = page.value("textarea");
    desktop.press("Tab");
    desktop.press("ctrl+c");
    desktop.press("ctrl+alt+space");
    page.wait_for_text("[data-testid='outcome']", "Completed in ");
    desktop.press("ctrl+v");
    wait_until("the completed code in the field", || {
        let now = page.value("textarea");
        now.starts_with(&before) && now.len() > before.len()
    });
    page.screenshot("first-steps-tried");

    page.click("[name='clipboard.encode_on_copy']");
    wait_until("the saved choice", || home.settings().contains("encode_on_copy"));
    page.choose("[name='desktop.language']", "de");
    page.wait_for_text("h1", "Erste Schritte");
    wait_until("the window's title", || windows(desktop).contains("Pounce – Erste Schritte"));
    page.screenshot("first-steps-german");
    page.click_text_to_close("button", "Fertig");
    wait_until("the window to be gone", || !windows(desktop).contains("Erste Schritte"));
}
