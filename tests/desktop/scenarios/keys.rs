//! The key of a remote engine: from the window into the keyring, and nowhere else.

use crate::app::Home;
use crate::app::page::Page;
use crate::patience::wait_until;
use crate::session::desktop::Desktop;
use crate::session::secrets::Secrets;

const KEY: &str = "not-for-any-log-5f0e";
const CARD: &str = "article[data-engine='far']";

pub(crate) fn a_key_is_kept_in_the_keyring_alone(desktop: &Desktop) {
    let home = Home::new();
    let keyring = Secrets::start(desktop, home.path());
    let kept = || keyring.find(&[("service", "pounce"), ("username", "far")]);
    let page = Page::open(desktop, &home, "settings");
    page.click("a[href='#remote']");
    page.click_text("main button", "Add an engine");
    page.enter("[name='engine-key']", KEY);
    page.enter("[name='engine-url']", "https://gpu.invalid/v1");
    page.enter("[name='engine-id']", "far");
    page.wait_for_text(CARD, "kept in the keyring");
    assert_eq!(kept(), [KEY], "the service has it, under the engine's name");
    page.screenshot("remote-key");
    assert!(home.settings().contains("gpu.invalid"), "the entry is a setting");
    for (place, text) in [("the settings", home.settings()), ("the log", home.log())] {
        assert!(!text.contains(KEY), "the key is not in {place}: {text}");
    }
    let files = desktop.tool("grep", &["-rl", KEY, &home.path().display().to_string()]);
    assert_eq!(files, "", "nor in any other file, the keyring's own included");

    page.click_text(&format!("{CARD} button"), "Forget key");
    page.wait_for_text(CARD, "none");
    wait_until("the key to be gone", || kept().is_empty());
}
