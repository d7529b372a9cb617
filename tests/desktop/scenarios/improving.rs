//! A better answer of a larger model takes the first one's place until that is pasted.

use serde_json::json;

use crate::app::{App, Home};
use crate::patience::wait_until;
use crate::session::clipboard::{self, Copied};
use crate::session::clipboard_manager::ClipboardHistory;
use crate::session::desktop::Desktop;
use crate::session::larger_model::LargerModel;
use crate::session::window::FocusedWindow;

use super::SNIPPET;
use super::requests::start;

/// What the larger model has for [`SNIPPET`].
pub(super) const BETTER: &str = "b + a";
/// The snippet of the request that has the larger model loaded.
pub(super) const FIRST: &str = "def first():\n    return ";

/// A home with a larger model, in which nothing is known of how sure the smaller one is.
pub(super) fn home(larger: &LargerModel, behaviour: &str) -> Home {
    let home = Home::with_settings(json!({
        "clipboard": { "behaviour": behaviour },
        "improvement": { "maximum_ms": 10_000, "unseen_ms": 10_000 },
        "remote": larger.settings(),
    }));
    home.install_model("pounce-50m");
    std::fs::remove_file(home.path().join("models/pounce-50m/confidence.json"))
        .expect("the model that comes with the app knows how sure it is");
    home
}

/// Starts the app, and waits until it may ask the larger model, which its first request loads.
fn start_with<'a>(desktop: &'a Desktop, home: &'a Home, larger: &LargerModel) -> App<'a> {
    let app = start(desktop, home);
    let _copied = Copied::text(desktop, FIRST);
    load(desktop, home, larger);
    app
}

/// Completes what was copied, and waits until the larger model may be asked.
pub(super) fn load(desktop: &Desktop, home: &Home, larger: &LargerModel) {
    home.run(desktop, &["trigger"]);
    desktop.notices.wait("Completed in ");
    wait_until_loaded(desktop, home);
    // Ends the search for a better answer to this one.
    home.run(desktop, &["undo"]);
    desktop.notices.clear();
    larger.refuse_once();
}

fn wait_until_loaded(desktop: &Desktop, home: &Home) {
    wait_until("the larger model", || home.stat(desktop, "pounce_loads_total") == Some(2.0));
}

/// Copies the snippet and completes it, while the larger model goes on.
fn complete(desktop: &Desktop, larger: &LargerModel) -> Copied {
    let copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("Completed in ");
    larger.wait_until_asked();
    copied
}

pub(super) fn better() -> String {
    format!("{SNIPPET}{BETTER}")
}

pub(crate) fn a_better_answer_takes_the_place_of_the_first(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "append");
    let app = start_with(desktop, &home, &larger);
    let window = FocusedWindow::open(desktop);
    let _copied = complete(desktop, &larger);
    larger.answer();
    let told = desktop.notices.wait("Improved in ");
    assert!(told.contains("larger"), "the notice says who answered: {told:?}");
    assert_eq!(window.fetch(), better(), "what is pasted then");
    assert_eq!(home.stat(desktop, "pounce_improved_total"), Some(1.0), "it is counted");
    assert!(!home.log().contains("Adds two numbers"), "no code reaches the log");
    app.quit();
}

pub(crate) fn a_paste_before_the_better_answer_keeps_the_first(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "append");
    let app = start_with(desktop, &home, &larger);
    let window = FocusedWindow::open(desktop);
    let _copied = complete(desktop, &larger);
    let first = window.fetch();
    larger.answer();
    wait_until("the late answer", || home.stat(desktop, "pounce_improved_late_total") == Some(1.0));
    assert!(!desktop.notices.has("Improved in "), "nothing has changed");
    assert_eq!(window.fetch(), first, "a second paste gets the same");
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("2 of ");
    assert_eq!(window.fetch(), better(), "the better answer comes next");
    app.quit();
}

pub(crate) fn a_clipboard_manager_is_no_paste(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "append");
    let app = start_with(desktop, &home, &larger);
    let window = FocusedWindow::open(desktop);
    let history = ClipboardHistory::start(desktop);
    let _copied = complete(desktop, &larger);
    wait_until("the manager to have read the first", || history.texts().len() >= 2);
    larger.answer();
    desktop.notices.wait("Improved in ");
    wait_until("the manager to have read the better", || history.texts().contains(&better()));
    assert_eq!(window.fetch(), better());
    drop(history);
    app.quit();
}

pub(crate) fn a_better_answer_never_replaces_a_new_copy(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "append");
    let app = start_with(desktop, &home, &larger);
    let copied = complete(desktop, &larger);
    drop(copied);
    let _newer = Copied::text(desktop, "something new");
    larger.answer();
    // The app has had the time to be wrong once it has answered another request.
    home.run(desktop, &["undo"]);
    assert_eq!(clipboard::text(desktop), "something new");
    assert!(!desktop.notices.has("Improved in "));
    app.quit();
}

pub(crate) fn undo_and_the_next_candidate_know_both_answers(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "append");
    let app = start_with(desktop, &home, &larger);
    let _copied = complete(desktop, &larger);
    larger.answer();
    desktop.notices.wait("Improved in ");
    assert_eq!(clipboard::text(desktop), better());
    desktop.press("ctrl+alt+space");
    desktop.notices.wait("2 of ");
    let next = clipboard::text(desktop);
    assert!(next.starts_with(SNIPPET) && next != better(), "the first answer: {next:?}");
    home.run(desktop, &["undo"]);
    desktop.notices.wait("The old clipboard is back");
    assert_eq!(clipboard::text(desktop), SNIPPET, "one undo for both");
    app.quit();
}

pub(crate) fn a_paste_by_the_app_waits_for_the_better_answer(desktop: &Desktop) {
    let larger = LargerModel::start(BETTER);
    let home = home(&larger, "paste");
    let app = start(desktop, &home);
    let window = FocusedWindow::open(desktop);
    let first = Copied::text(desktop, FIRST);
    desktop.press("ctrl+alt+space");
    window.wait_for_ctrl_v();
    window.fetch();
    desktop.notices.wait("Pasted in ");
    wait_until_loaded(desktop, &home);
    drop(first);
    desktop.notices.clear();
    larger.refuse_once();
    let _copied = Copied::text(desktop, SNIPPET);
    desktop.press("ctrl+alt+space");
    larger.wait_until_asked();
    assert!(!window.saw_ctrl_v(), "what is pasted cannot be improved");
    larger.answer();
    window.wait_for_ctrl_v();
    assert_eq!(window.fetch(), BETTER);
    desktop.notices.wait("Pasted in ");
    app.quit();
}
