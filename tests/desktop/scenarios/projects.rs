//! Projects: a snippet that stands in the user's code is completed with what stands around it.

use std::fs;

use serde_json::json;

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;
use crate::session::window::FocusedWindow;

use super::requests::{completion_of, start};

/// A file as it is on the disk. The editor has written on in `report`.
const FILE: &str = "\
class Warehouse:
    def __init__(self, shelves):
        self.shelves = shelves

    def report(self):
        total = 0
        for shelf in self.shelves:
            total += shelf.count

    def label(self):
        return self.zephyrine_code.upper()

    def reset(self):
        self.zephyrine_code = None
";
/// Four lines of it, the last of which is not saved. The name that it begins stands only below.
const SNIPPET: &str = "        total = 0
        for shelf in self.shelves:
            total += shelf.count
        print(total, self.zeph";

pub(crate) fn a_name_that_stands_below_in_the_file_is_completed(desktop: &Desktop) {
    let code = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(code.path().join("src")).expect("the folder is ours");
    fs::write(code.path().join("src/warehouse.py"), FILE).expect("the folder is ours");
    let home = Home::with_settings(json!({ "projects": { "folders": [code.path()] } }));
    let app = start(desktop, &home);
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    let added = completion_of(desktop, SNIPPET);
    assert!(added.starts_with("yrine_code"), "the name stands below in the file: {added:?}");
    let told = desktop.notices.wait("Completed in ");
    assert!(told.contains("With src/warehouse.py."), "the notice names the file: {told:?}");
    assert_eq!(home.stat(desktop, "pounce_places_found_total"), Some(1.0), "it is counted");
    assert!(!home.log().contains("warehouse"), "no path reaches the log");
    app.quit();
}

pub(crate) fn of_two_equal_files_that_of_the_window_is_read(desktop: &Desktop) {
    let code = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        fs::write(code.path().join(name), text).expect("the folder is ours");
    };
    write("warehouse.py", FILE);
    write("depot.py", &FILE.replace("zephyrine", "marigold"));
    let home = Home::with_settings(json!({ "projects": { "folders": [code.path()] } }));
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let snippet = SNIPPET.strip_suffix("zeph").expect("it ends so");
    for (title, told) in [
        ("depot.py - shop - Editor", "With depot.py."),
        ("warehouse.py - shop - Editor", "With warehouse.py."),
    ] {
        window.set_title(desktop, title);
        let _copied = Copied::text(desktop, snippet);
        desktop.press("ctrl+alt+space");
        let notice = desktop.notices.wait("Completed in ");
        assert!(notice.contains(told), "the window names the file: {notice:?}");
        desktop.notices.clear();
    }
    assert!(!home.log().contains("shop"), "no title reaches the log");
    app.quit();
}

pub(crate) fn a_folder_with_code_is_removed_in_the_window(desktop: &Desktop) {
    let code = tempfile::tempdir().expect("a temporary folder");
    let home = Home::with_settings(json!({ "projects": { "folders": [code.path()] } }));
    let page = Page::open(desktop, &home, "settings");
    let remove = format!("button[aria-label='Remove {}']", code.path().display());
    page.wait(&remove);
    page.click(&remove);
    wait_until("the saved setting", || !home.settings().contains("folders"));
}
