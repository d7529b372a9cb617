//! The tray menu and its tooltip, as a panel sees them.

use std::collections::BTreeMap;
use std::fs;

use crate::app::Home;
use crate::app::menu::Menu;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;

use super::SNIPPET;
use super::requests::{completion_of, start};

const LINE: &str = "To the end of the line";
const BLOCK: &str = "To the end of the block";

/// The id of each line that is shown, by its text.
fn ids(menu: &Menu<'_>) -> BTreeMap<String, i32> {
    menu.lines().into_iter().map(|line| (line.label, line.id)).collect()
}

fn is_marked(menu: &Menu<'_>, label: &str) -> bool {
    menu.wait(label, |_| true).is_checked
}

pub(crate) fn lines_keep_their_ids(desktop: &Desktop) {
    let home = Home::new();
    home.install_model("mine");
    let app = start(desktop, &home);
    let menu = app.menu();
    let before = ids(&menu);
    let _copied = Copied::text(desktop, SNIPPET);
    menu.click("Complete clipboard");
    completion_of(desktop, SNIPPET);
    menu.click(BLOCK);
    menu.wait(BLOCK, |line| line.is_checked);
    menu.click("mine");
    menu.wait("mine", |line| line.is_checked && line.label.contains("ready"));
    menu.click("Pause");
    menu.wait("Pounce: paused", |_| true);
    let after = ids(&menu);
    for (label, id) in before {
        let is_same = after.get(&label).is_none_or(|now| *now == id);
        assert!(is_same, "a panel that reads {label:?} finds it: {id}, then {after:?}");
    }
    app.quit();
}

pub(crate) fn marks_follow_the_state_and_not_the_click(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    for label in [LINE, BLOCK, "Automatic"] {
        assert!(menu.wait(label, |_| true).is_radio, "{label} is one of several");
    }
    for label in [LINE, "Automatic"] {
        menu.click(label);
        // The clicks on the menu are answered in order.
        menu.click("Dashboard");
        assert!(is_marked(&menu, label), "{label} was clicked, but it is in force already");
    }
    menu.click(BLOCK);
    menu.wait(BLOCK, |line| line.is_checked);
    assert!(!is_marked(&menu, LINE), "only one is in force");
    app.quit();
}

pub(crate) fn settings_changed_by_hand_come_into_force(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    let file = home.path().join("config/pounce/settings.jsonc");
    fs::write(&file, "{\n  // Whole blocks.\n  \"desktop\": { \"mode\": \"block\" }\n}\n")
        .expect("the folder is ours");
    menu.wait(BLOCK, |line| line.is_checked);
    menu.click(LINE);
    menu.wait(LINE, |line| line.is_checked);
    let text = home.settings();
    assert!(text.contains("// Whole blocks."), "the comment stays: {text}");
    app.quit();
}

pub(crate) fn a_setting_that_cannot_be_saved_is_reported(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let file = home.path().join("config/pounce/settings.jsonc");
    fs::remove_file(&file).expect("the folder is ours");
    // As on a full disk, the file cannot be written.
    fs::create_dir(&file).expect("the folder is ours");
    let menu = app.menu();
    menu.click(BLOCK);
    let told = desktop.notices.wait("Not changed");
    assert!(told.contains("settings.jsonc"), "the notice names the file: {told:?}");
    assert!(is_marked(&menu, LINE) && !is_marked(&menu, BLOCK), "the old mode is in force");
    app.quit();
}

pub(crate) fn the_tooltip_names_state_and_hotkeys(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let menu = app.menu();
    menu.wait("Ctrl+Alt+Space: ", |_| true);
    menu.wait("Ctrl+Alt+Shift+Space: ", |_| true);
    let (title, description) = menu.tooltip();
    assert_eq!(title, "Pounce: ready");
    for keys in ["Ctrl+Alt+Space: ", "Ctrl+Alt+Shift+Space: "] {
        assert!(description.contains(keys), "below it: {description:?}");
    }
    app.quit();
}
