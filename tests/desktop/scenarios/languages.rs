//! Windows, tray menu and notices in the user's language.

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;

use super::SNIPPET;
use super::lifetime::windows;
use super::requests::completion_of;

pub(crate) fn the_desktops_language_is_taken(desktop: &Desktop) {
    let home = Home::new().with_variable("LC_ALL", "de_DE.UTF-8");
    let app = home.start(desktop, &[]);
    let menu = app.menu();
    menu.wait("Pounce: bereit", |_| true);
    menu.wait("Strg+Alt+Leertaste: Zwischenablage vervollständigen", |_| true);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    desktop.notices.wait("Vervollständigt in ");
    menu.click("Einstellungen");
    wait_until("the settings", || windows(desktop).contains("Pounce – Einstellungen"));
    app.quit();
}

pub(crate) fn another_language_needs_no_restart(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "settings");
    let menu = page.menu();
    menu.wait("Pounce: ready", |_| true);
    page.choose("[name='desktop.language']", "fr");
    page.wait_for_text("h1", "Paramètres");
    page.screenshot("settings-french");
    menu.wait("Pounce\u{a0}: prêt", |_| true);
    wait_until("the window's title", || windows(desktop).contains("Pounce – Paramètres"));
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    desktop.notices.wait("Complété en ");
    page.choose("[name='desktop.language']", "auto");
    page.wait_for_text("h1", "Settings");
    menu.wait("Pounce: ready", |_| true);
}
