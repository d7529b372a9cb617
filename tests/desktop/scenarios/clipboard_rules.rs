//! Clipboard contents that are left alone, and undo: nothing that the user copied is lost.

use crate::app::Home;
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::desktop::Desktop;
use crate::session::selection_owner::SelectionOwner;

use super::SNIPPET;
use super::requests::{completion_of, start};

/// Copies `content` as `format`, presses, and checks that it is refused with `reason` and left as
/// it was.
fn is_left_alone(desktop: &Desktop, format: &str, content: &[u8], reason: &str) {
    let home = Home::new();
    let app = start(desktop, &home);
    let _copied = Copied::new(desktop, format, content);
    let offered = clipboard::owner_formats(desktop);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Not completed");
    assert!(told.contains(reason), "the notice says why: {told:?}");
    assert_eq!(clipboard::read(desktop, format), content, "the content is as it was");
    assert_eq!(clipboard::owner_formats(desktop), offered, "and still the other program's");
    app.quit();
}

pub(crate) fn a_picture_is_left_alone(desktop: &Desktop) {
    let picture = include_bytes!("../../../icons/32x32.png");
    is_left_alone(desktop, "image/png", picture, "picture");
}

pub(crate) fn files_are_left_alone(desktop: &Desktop) {
    is_left_alone(desktop, "text/uri-list", b"file:///etc/hostname\r\n", "files");
}

pub(crate) fn a_secret_is_never_read(desktop: &Desktop) {
    is_left_alone(desktop, "x-kde-passwordManagerHint", b"secret", "secret");
}

pub(crate) fn a_large_clipboard_is_not_shortened(desktop: &Desktop) {
    let home = Home::new();
    let app = start(desktop, &home);
    let large = format!("{}{SNIPPET}", "# a line of no importance\n".repeat(40_000));
    let _copied = Copied::text(desktop, &large);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Completed in ");
    completion_of(desktop, &large);
    app.quit();
}

pub(crate) fn a_clipboard_too_large_to_be_put_back_is_left_alone(desktop: &Desktop) {
    let large = "# a line of no importance\n".repeat(400_000);
    is_left_alone(desktop, "UTF8_STRING", large.as_bytes(), "8 MiB");
}

pub(crate) fn an_owner_that_sends_for_ever_is_left_alone(desktop: &Desktop) {
    /// The text, the copy that is checked, and what an allocator keeps of both.
    const MAX_GROWTH_KB: u64 = 64 << 10;
    let home = Home::new();
    let app = start(desktop, &home);
    let before = peak_memory_kb(app.id());
    let _endless = SelectionOwner::endless(desktop);
    desktop.press("ctrl+alt+space");
    let told = desktop.notices.wait("Not completed");
    assert!(told.contains("8 MiB"), "reading ends where the content is too large: {told:?}");
    let growth = peak_memory_kb(app.id()) - before;
    assert!(growth < MAX_GROWTH_KB, "what came was not kept: {growth} kB");
    app.quit();
}

/// The most memory that a process has had, in kB.
fn peak_memory_kb(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("the app runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    peak.expect("Linux says how much memory a process has had")
}

pub(crate) fn undo_leaves_what_was_copied_since(desktop: &Desktop) {
    let home = Home::new();
    let app = home.start(desktop, &[]);
    let menu = app.menu();
    menu.wait("Pounce: ready", |_| true);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    let _newer = Copied::text(desktop, "something newer");
    menu.click("Undo last replacement");
    let told = desktop.notices.wait("Not undone");
    assert!(told.contains("changed"), "the notice says why: {told:?}");
    wait_until("the newer copy", || clipboard::text(desktop) == "something newer");
    app.quit();
}
