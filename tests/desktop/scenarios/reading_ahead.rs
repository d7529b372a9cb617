//! Reading ahead: a copied prompt is read before its completion is requested.

use serde_json::json;

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::clipboard::Copied;
use crate::session::desktop::Desktop;
use crate::session::selection_owner::SelectionOwner;

use super::SNIPPET;
use super::requests::{completion_of, start};

/// How many prompts were read before their completion was requested.
pub(crate) fn n_read_ahead(desktop: &Desktop, home: &Home) -> u64 {
    home.stat(desktop, "pounce_read_ahead_total").map_or(0, |count| count as u64)
}

pub(crate) fn a_copy_is_read_ahead_if_the_user_wants_that(desktop: &Desktop) {
    let home = Home::new();
    let _copied = Copied::text(desktop, SNIPPET);
    let page = Page::open(desktop, &home, "settings");
    page.wait("[name='clipboard.encode_on_copy'][aria-checked='false']");
    page.click("[name='clipboard.encode_on_copy']");
    wait_until("the saved setting", || home.settings().contains("encode_on_copy"));
    wait_until("the reading", || n_read_ahead(desktop, &home) == 1);
    desktop.press("ctrl+alt+space");
    completion_of(desktop, SNIPPET);
    desktop.notices.wait("Completed in ");
    assert_eq!(home.stage_count(desktop, "first_token"), 1, "the model answered");
    assert_eq!(home.stage_count(desktop, "encode"), 0, "and had read the prompt before");
    assert_eq!(n_read_ahead(desktop, &home), 1, "what the app wrote itself is no copy");
}

pub(crate) fn a_secret_is_never_read_ahead(desktop: &Desktop) {
    let home = Home::with_settings(json!({ "clipboard": { "encode_on_copy": true } }));
    let app = start(desktop, &home);
    let mark = "x-kde-passwordManagerHint";
    let secret = SelectionOwner::new(desktop, &[("UTF8_STRING", SNIPPET), (mark, "secret")]);
    secret.wait_until_asked_for("TARGETS");
    // Copies are looked at one after the other: once this one has been read, the secret was looked
    // at.
    let code = SelectionOwner::new(desktop, &[("UTF8_STRING", SNIPPET)]);
    code.wait_until_asked_for("UTF8_STRING");
    wait_until("the reading", || n_read_ahead(desktop, &home) == 1);
    assert!(!secret.was_asked_for("UTF8_STRING"), "the secret itself was not asked for");
    app.quit();
}
