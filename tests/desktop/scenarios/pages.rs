//! Settings and dashboard, driven as a user does.

use std::net::TcpListener;

use crate::app::page::Page;
use crate::app::{BINARY, Home};
use crate::patience::{wait_for, wait_until};
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;
use crate::session::window::{KeyHolder, Layouts};

use super::SNIPPET;
use super::requests::completion_of;

pub(crate) fn settings_are_in_force_and_survive_a_restart(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.screenshot("settings");
    page.enter("[name='deadlines.maximum_ms']", "30450");
    wait_until("the saved settings", || home.settings().contains("30450"));
    drop(page);
    let page = Page::open(desktop, &home, "settings");
    page.wait_for_value("[name='deadlines.maximum_ms']", "30450");
}

pub(crate) fn a_page_goes_nowhere_else(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    let elsewhere = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    elsewhere.set_nonblocking(true).expect("a socket may be asked");
    let address = elsewhere.local_addr().expect("it is bound");
    page.leave_for(&format!("http://{address}/?taken=along"));
    page.enter("[name='deadlines.maximum_ms']", "30450");
    wait_until("the page to go on as before", || home.settings().contains("30450"));
    assert!(elsewhere.accept().is_err(), "no server was asked");
}

pub(crate) fn wrong_settings_are_refused_beside_their_field(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.enter("[name='deadlines.target_ms']", "5");
    // Clearing the field was refused first; the app's own refusal of 5 names the bounds.
    wait_until("the refusal with its bounds", || {
        page.texts("[data-error-for='deadlines.target_ms']").iter().any(|text| text.contains("10"))
    });
    page.screenshot("settings-refused");
    assert!(home.settings().contains("10000"), "nothing was saved: {}", home.settings());
}

pub(crate) fn a_folder_is_installed_used_and_removed_in_the_window(desktop: &Desktop) {
    let home = Home::new();
    let folder = home.download_model("mine");
    let page = Page::open(desktop, &home, "settings");
    page.click("a[href='#models']");
    page.enter("[name='add-model']", &folder.with_file_name("none").display().to_string());
    let refused = page.wait("[role='alert']");
    assert!(refused.contains("none"), "what is not there is named: {refused}");
    page.enter("[name='add-model']", &folder.display().to_string());
    page.click("[name='trust-model']");
    page.wait("article[data-model='mine']");
    assert!(home.path().join("models/mine/manifest.json").is_file(), "it is in its place");
    page.screenshot("models-installed");

    page.choose("[name='pinned']", "mine");
    wait_until("the pinned model", || home.settings().contains("mine"));
    page.wait_for_text("article[data-model='mine']", "Ready");
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    let told = desktop.notices.wait("Completed in ");
    assert!(told.contains("mine"), "the new model answered: {told:?}");

    page.choose("[name='pinned']", "");
    page.click_text("article[data-model='mine'] button", "Verify");
    page.wait_for_text("article[data-model='mine'] [role='status']", "verified");
    page.click_text("article[data-model='mine'] button", "Remove…");
    page.click_text("dialog button", "Remove");
    wait_until("the card to be gone", || page.texts("article[data-model='mine']").is_empty());
    assert!(!home.path().join("models/mine").exists(), "its files are deleted");
    assert!(folder.join("manifest.json").is_file(), "but not those that it was copied from");
}

pub(crate) fn a_folder_is_chosen_in_the_desktops_dialog(desktop: &Desktop) {
    let home = Home::new();
    let folder = home.download_model("mine");
    let page = Page::open(desktop, &home, "settings");
    page.click("a[href='#models']");
    page.click("[name='choose-file']");
    answer_dialog(desktop, "Choose a GGUF file", "Escape");
    page.click("[name='choose-folder']");
    let path = folder.display().to_string();
    wait_for_dialog(desktop, "Choose a folder with a model");
    // GTK's entry for a path; without it, the first characters typed may be lost.
    desktop.press("ctrl+l");
    desktop.tool("xdotool", &["type", &path]);
    answer_dialog(desktop, "Choose a folder with a model", "Return");
    page.click("[name='trust-model']");
    page.wait("article[data-model='mine']");
    assert!(home.path().join("models/mine/manifest.json").is_file(), "it is in its place");
    assert_eq!(page.texts("[role='alert']"), [""; 0], "choosing nothing was no mistake");
}

/// Waits for a dialog with the focus.
fn wait_for_dialog(desktop: &Desktop, title: &str) {
    let active = || desktop.tool("xdotool", &["getactivewindow", "getwindowname"]);
    wait_until(title, || active() == title);
}

/// Presses `key` in a dialog until it is gone: the first Return may go to a completion of what was
/// typed.
fn answer_dialog(desktop: &Desktop, title: &str, key: &str) {
    wait_for_dialog(desktop, title);
    wait_until("the dialog to be gone", || {
        let is_gone = !desktop.tool("wmctrl", &["-l"]).contains(title);
        if !is_gone {
            desktop.press(key);
        }
        is_gone
    });
}

pub(crate) fn code_leaves_the_machine_only_after_a_confirmation(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.click("a[href='#remote']");
    page.click("[name='is_enabled'][aria-checked='false']");
    page.click_text("dialog button", "Cancel");
    wait_until("the dialog to be gone", || page.texts("dialog").is_empty());
    assert!(!home.settings().contains("remote"), "one click turns nothing on");
    page.click("[name='is_enabled'][aria-checked='false']");
    page.click_text("dialog button", "Turn on");
    page.wait("[name='is_enabled'][aria-checked='true']");
    page.click_text("main button", "Add an engine");
    page.enter("[name='engine-url']", "https://gpu.invalid/v1");
    page.enter("[name='engine-id']", "far");
    page.wait_for_text("article[data-engine='far']", "Leaves this machine");
    // A new host turns the engines off until the user has seen its name.
    page.wait_for_text("dialog", "gpu.invalid");
    page.click_text("dialog button", "Turn on");
    page.wait("[name='is_enabled'][aria-checked='true']");
    page.screenshot("remote");
    page.click("a[href='#models']");
    page.wait_for_text("article[data-model='far']", "Leaves this machine: gpu.invalid");
}

pub(crate) fn starting_at_login_is_an_entry_of_the_desktop(desktop: &Desktop) {
    let home = Home::new();
    let entry = home.path().join("config/autostart/pounce.desktop");
    let page = Page::open(desktop, &home, "settings");
    page.click("[name='desktop.start_at_login'][aria-checked='false']");
    page.wait("[name='desktop.start_at_login'][aria-checked='true']");
    let text =
        std::fs::read_to_string(&entry).expect("the entry was written before the switch moved");
    assert!(text.contains(&format!("Exec=\"{BINARY}\"")), "it starts this program: {text}");
    page.click("[name='desktop.start_at_login'][aria-checked='true']");
    page.wait("[name='desktop.start_at_login'][aria-checked='false']");
    assert!(!entry.exists(), "and is gone when the user no longer wants it");
}

pub(crate) fn a_hotkey_is_changed_by_pressing_it(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.wait_for_value("button[name='hotkeys.complete_line']", "Ctrl+Alt+Space");
    page.click("button[name='hotkeys.complete_line']");
    desktop.tool("wmctrl", &["-a", "Pounce Settings"]);
    wait_until("the new hotkey", || {
        desktop.press("ctrl+alt+j");
        page.value("button[name='hotkeys.complete_line']") == "Ctrl+Alt+J"
    });
    wait_until("the saved hotkey", || home.settings().contains("Ctrl+Alt+J"));
    desktop.notices.clear();
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+j");
    completion_of(desktop, SNIPPET);
}

pub(crate) fn a_hotkey_is_recorded_as_the_layout_has_it(desktop: &Desktop) {
    let _layouts = Layouts::set(desktop, "de", 0);
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    // Z on the German layout is the key that produces Y on the American one.
    for (field, keys, shown) in [
        ("hotkeys.complete_block", "F9", "F9"),
        ("hotkeys.complete_line", "ctrl+alt+z", "Ctrl+Alt+Z"),
    ] {
        let button = format!("button[name='{field}']");
        page.click(&button);
        desktop.tool("wmctrl", &["-a", "Pounce Settings"]);
        wait_until("the new hotkey", || {
            desktop.press(keys);
            page.value(&button) == shown
        });
        wait_until("the saved hotkey", || home.settings().contains(shown));
    }
    page.screenshot("hotkeys-german");
    desktop.notices.clear();
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+z");
    completion_of(desktop, SNIPPET);
}

pub(crate) fn a_hotkey_with_super_is_recorded_whole(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    record(desktop, &page, "super+F9");
    wait_until("the new hotkey", || page.value(BLOCK) == "Super+F9");
    wait_until("the saved hotkey", || home.settings().contains("Super+F9"));
}

pub(crate) fn keys_that_cannot_be_a_hotkey_are_refused_with_a_reason(desktop: &Desktop) {
    let _layouts = Layouts::set(desktop, "de", 0);
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    for (keys, why) in [
        ("ctrl+c", "could no longer copy"),
        ("ctrl+v", "could no longer paste"),
        ("ctrl+adiaeresis", "Ä cannot be a hotkey"),
        ("ctrl+ssharp", "cannot be a hotkey"),
        ("ctrl+plus", "cannot be a hotkey"),
        ("ctrl+alt+space", "choose others"),
    ] {
        record(desktop, &page, keys);
        page.wait_for_text("[data-error-for='hotkeys.complete_block']", why);
        page.screenshot("hotkey-refused");
        // Whether the page or the app refused them: the window stays.
        desktop.press("Escape");
        wait_until("the message to go", || !page.wait(BLOCK_ROW).contains(why));
    }
    assert_eq!(page.value(BLOCK), "Ctrl+Alt+Shift+Space", "the old one stays");
}

const BLOCK: &str = "button[name='hotkeys.complete_block']";
const BLOCK_ROW: &str = "li[id='setting-hotkeys.complete_block']";
/// Part of what the row says while it listens.
const RECORDING: &str = "Esc cancels";

/// Presses `keys` while the hotkey for a block is recorded.
fn record(desktop: &Desktop, page: &Page, keys: &str) {
    page.click(BLOCK);
    desktop.tool("wmctrl", &["-a", "Pounce Settings"]);
    page.wait_for_text(BLOCK_ROW, RECORDING);
    wait_until("the app to give its hotkeys back", || {
        KeyHolder::hold_ctrl_alt_space(desktop).is_some()
    });
    desktop.press(keys);
}

pub(crate) fn a_program_gets_paste_keys_in_the_window(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.click_text("[id='setting-clipboard.paste_keys'] button", "Add a program");
    page.enter("[id='setting-clipboard.paste_keys'] input", "KeePassXC");
    wait_until("the saved rule", || home.settings().contains("KeePassXC"));
    page.choose("[id='setting-clipboard.paste_keys'] select", "never");
    wait_until("the saved keys", || home.settings().contains("never"));
    page.screenshot("paste-keys");
}

pub(crate) fn the_dashboard_shows_the_request_just_made(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "dashboard");
    page.screenshot("dashboard-empty");
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    page.click("input[type=radio][value='table']");
    let row = "table[data-testid='requests'] tbody tr:first-child";
    let stages = wait_for("the request in the table", || {
        let stages = page.numbers(&format!("{row} [data-stage]"));
        (!stages.is_empty()).then_some(stages)
    });
    let total = page.numbers(&format!("{row} [data-total]"));
    assert_eq!(stages.len(), 8, "every stage has its cell: {stages:?}");
    assert_eq!(total.len(), 1, "one total a request: {total:?}");
    let sum: f64 = stages.iter().sum();
    assert!(
        (sum - total[0]).abs() < 0.01,
        "the stages add up to the total: {stages:?} is {sum}, not {}",
        total[0]
    );
    assert!(stages.iter().filter(|ms| **ms > 0.0).count() >= 6, "and are measured: {stages:?}");
    page.screenshot("dashboard-table");
}

pub(crate) fn without_a_panel_the_dashboard_has_the_menu(desktop: &Desktop) {
    let home = Home::new().with_variable("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    let page = Page::open(desktop, &home, "dashboard");
    let _copied = Copied::text(desktop, SNIPPET);
    page.click_text("[aria-label='Menu'] button", "Complete clipboard");
    completion_of(desktop, SNIPPET);
    page.wait_for_text("button", "Next completion");
    page.choose("[aria-label='Mode']", "block");
    wait_until("the mode to be saved", || home.settings().contains("block"));
    page.screenshot("dashboard-without-panel");
    page.click_text("[aria-label='Menu'] button", "Settings");
    wait_until("the settings", || desktop.tool("wmctrl", &["-l"]).contains("Pounce Settings"));
    page.click_text_to_close("[aria-label='Menu'] button", "Quit");
    wait_until("the end of the app", || !home.is_running(desktop));
}

pub(crate) fn help_names_version_licence_and_log(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "about");
    let text = page.wait("main");
    let log = home.path().join("data/pounce").display().to_string();
    for part in [env!("CARGO_PKG_VERSION"), "MIT licence", "Copy some code", &log] {
        assert!(text.contains(part), "{part}: {text}");
    }
    page.screenshot("about");
}
