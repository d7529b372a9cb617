//! The last completions: in the tray menu and in their window.

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;

use super::SNIPPET;
use super::requests::{completion_of, start};

const OTHER: &str = "def double(number):\n    return ";

/// Completes a copied snippet and returns what was added.
fn complete(desktop: &Desktop, snippet: &str) -> String {
    let _copied = Copied::text(desktop, snippet);
    desktop.notices.clear();
    desktop.press("ctrl+alt+space");
    let added = completion_of(desktop, snippet);
    desktop.notices.wait("Completed in ");
    added
}

/// A completion as the menu shows it: behind the line that it completes.
fn line_of(added: &str) -> String {
    format!("return {}", added.split_whitespace().collect::<Vec<_>>().join(" "))
}

pub(crate) fn earlier_completions_are_copied_from_the_menu(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let (first, second) = (complete(desktop, SNIPPET), complete(desktop, OTHER));
    let menu = app.menu();
    menu.wait(&line_of(&second), |line| line.is_enabled);
    menu.click(&line_of(&first));
    wait_until("the first completion", || clipboard::text(desktop) == first);
    let files = desktop.tool("grep", &["-rl", first.trim(), &home.path().display().to_string()]);
    assert_eq!(files, "", "no file holds it");
    menu.click("Pause");
    menu.wait("Pounce: paused", |_| true);
    assert!(!menu.wait("Forget all", |_| true).is_enabled, "a pause has forgotten all");
    app.quit();
}

pub(crate) fn a_window_lists_the_last_completions(desktop: &Desktop) {
    let home = Home::new();
    let page = Page::open(desktop, &home, "history");
    page.wait_for_text("main", "Nothing was completed yet");
    let (first, second) = (complete(desktop, SNIPPET), complete(desktop, OTHER));
    page.wait_for_text("article", second.trim());
    assert_eq!(page.texts("article ins").len(), 2, "one for each request");
    page.wait_for_text("article pre", "Adds two numbers");
    page.screenshot("history");
    page.click("article:last-of-type button");
    wait_until("the first completion", || clipboard::text(desktop) == first);
    page.click_text("header button", "Forget all");
    page.wait_for_text("main", "Nothing was completed yet");
    assert!(!home.log().contains(first.trim()), "no code reaches the log");
}
