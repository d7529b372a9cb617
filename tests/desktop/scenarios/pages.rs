//! The two windows, driven as their user does.

use crate::app::Home;
use crate::clipboard::Copied;
use crate::desktop::Desktop;
use crate::page::Page;
use crate::patience::{wait_for, wait_until};

use super::SNIPPET;
use super::requests::completion_of;

pub(crate) fn settings_are_in_force_and_survive_a_restart(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.screenshot("settings");
    page.enter("[name='maximum_ms']", "30450");
    wait_until("the saved settings", || home.settings().contains("30450"));
    drop(page);
    let page = Page::open(desktop, &home, "settings");
    page.wait_for_value("[name='maximum_ms']", "30450");
}

pub(crate) fn wrong_settings_are_refused_beside_their_field(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.enter("[name='target_ms']", "5");
    // Clearing the field was refused first; the app's own refusal of 5 names the bounds.
    wait_until("the refusal with its bounds", || {
        page.texts("[data-error-for='target_ms']").iter().any(|text| text.contains("10"))
    });
    page.screenshot("settings-refused");
    assert!(home.settings().contains("10000"), "nothing was saved: {}", home.settings());
}

pub(crate) fn a_hotkey_is_changed_by_pressing_it(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    page.wait_for_value("button[name='hotkey']", "Ctrl+Alt+Space");
    page.click("button[name='hotkey']");
    desktop.tool("wmctrl", &["-a", "Pounce Settings"]);
    wait_until("the new hotkey", || {
        desktop.press("ctrl+alt+j");
        page.value("button[name='hotkey']") == "Ctrl+Alt+J"
    });
    wait_until("the saved hotkey", || home.settings().contains("Ctrl+Alt+J"));
    desktop.notices.clear();
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+j");
    completion_of(desktop, SNIPPET);
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
