//! Reading keys, and taking them from a display that other programs have taken some of.

use std::sync::{Arc, Mutex};

use pounce_engine::Mode;

use super::key_combination::KeyCombinationError;
use super::*;

const LINE: Verb = Verb::Complete(Some(Mode::Line));
const BLOCK: Verb = Verb::Complete(Some(Mode::Block));

/// A display: the keys that this program holds, and those that others do.
#[derive(Clone, Default)]
struct FakeDisplay {
    ours: Arc<Mutex<Vec<KeyCombination>>>,
    others: Vec<KeyCombination>,
    is_dead: bool,
}

impl KeyGrabber for FakeDisplay {
    fn take(&mut self, keys: KeyCombination) -> Result<(), TakeError> {
        let mut ours = self.ours.lock().unwrap();
        if self.is_dead {
            return Err(TakeError::Unavailable);
        }
        if self.others.contains(&keys) || ours.contains(&keys) {
            return Err(TakeError::Taken(keys));
        }
        ours.push(keys);
        Ok(())
    }

    fn give_back(&mut self, keys: KeyCombination) {
        self.ours.lock().unwrap().retain(|held| *held != keys);
    }
}

impl FakeDisplay {
    fn held(&self) -> Vec<String> {
        self.ours.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

fn keys(text: &str) -> Option<KeyCombination> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

fn hotkeys(display: &FakeDisplay, line: &str, block: &str) -> Hotkeys {
    let mut hotkeys = Hotkeys::new(Some(Box::new(display.clone())));
    hotkeys.take(&[keys(line), keys(block)]);
    hotkeys
}

fn states(hotkeys: &Hotkeys) -> Vec<HotkeyState> {
    hotkeys.status(UiLanguage::En).into_iter().map(|status| status.state).collect()
}

#[test]
fn keys_are_read_and_written_as_people_do() {
    let cases = [
        ("ctrl+alt+space", Ok("Ctrl+Alt+Space"), "CTRL+ALT+space"),
        (" Shift+Control+KeyK ", Ok("Ctrl+Shift+K"), "CTRL+SHIFT+k"),
        ("Super+1", Ok("Super+1"), "LOGO+1"),
        ("Meta+Alt+Comma", Ok("Alt+Super+Comma"), "ALT+LOGO+comma"),
        ("Alt+Shift+F12", Ok("Alt+Shift+F12"), "ALT+SHIFT+F12"),
        ("Ctrl+Left", Ok("Ctrl+ArrowLeft"), "CTRL+Left"),
        ("Ctrl+PageUp", Ok("Ctrl+PageUp"), "CTRL+Page_Up"),
        ("Ctrl+Enter", Ok("Ctrl+Enter"), "CTRL+Return"),
        ("Ctrl+Num1", Ok("Ctrl+Numpad1"), "CTRL+KP_1"),
        ("F5", Ok("F5"), "F5"),
        ("Shift+F24", Ok("Shift+F24"), "SHIFT+F24"),
        ("Ctrl+C", Err(KeyCombinationError::Reserved("Ctrl+C".into(), "copy")), ""),
        ("control+KeyV", Err(KeyCombinationError::Reserved("Ctrl+V".into(), "paste")), ""),
        ("Ctrl+Alt+C", Ok("Ctrl+Alt+C"), "CTRL+ALT+c"),
        ("Fn", Err(KeyCombinationError::NoModifier), ""),
        ("K", Err(KeyCombinationError::NoModifier), ""),
        ("Shift+Space", Err(KeyCombinationError::NoModifier), ""),
        ("Ctrl+Alt", Err(KeyCombinationError::Unknown), ""),
        ("Ctrl++K", Err(KeyCombinationError::Unknown), ""),
        ("Ctrl+K+J", Err(KeyCombinationError::Unknown), ""),
        ("Ctrl+Sandwich", Err(KeyCombinationError::Unknown), ""),
        ("", Err(KeyCombinationError::Unknown), ""),
    ];
    for (text, expected, portal) in cases {
        let read = text.parse::<KeyCombination>();
        assert_eq!(
            read.clone().map(|keys| keys.to_string()),
            expected.map(str::to_owned),
            "{text:?}"
        );
        if let Ok(read) = read {
            assert_eq!(
                read.to_string().parse(),
                Ok(read),
                "what is written can be read again: {text:?}"
            );
            assert_eq!(read.to_portal(), portal, "the portal's notation of {text:?}");
        }
    }
}

#[test]
fn keys_that_another_program_holds_are_reported_and_the_rest_work() {
    let display =
        FakeDisplay { others: vec!["Ctrl+Alt+Space".parse().unwrap()], ..FakeDisplay::default() };
    let hotkeys = hotkeys(&display, "Ctrl+Alt+Space", "Ctrl+Alt+B");
    assert_eq!(
        states(&hotkeys),
        [HotkeyState::Taken, HotkeyState::Working],
        "one is taken, one is not"
    );
    let message = hotkeys.status(UiLanguage::En)[0].message.clone().unwrap();
    assert!(
        message.contains("Ctrl+Alt+Space") && message.contains("choose"),
        "names the keys and the remedy: {message}"
    );
}

#[test]
fn a_dead_display_is_reported() {
    let display = FakeDisplay { is_dead: true, ..FakeDisplay::default() };
    let mut hotkeys = hotkeys(&display, "Ctrl+Alt+Space", "");
    assert_eq!(
        states(&hotkeys),
        [HotkeyState::Unavailable, HotkeyState::Off],
        "no program can take keys there"
    );
    assert_eq!(
        hotkeys.change(&[keys("Ctrl+K"), None]),
        Ok(()),
        "keys for the next display are accepted"
    );
}

#[test]
fn refused_keys_leave_the_old_ones_in_force() {
    let display = FakeDisplay { others: vec!["Ctrl+K".parse().unwrap()], ..FakeDisplay::default() };
    let mut hotkeys = hotkeys(&display, "Ctrl+Alt+Space", "Ctrl+Alt+B");
    let errors = hotkeys.change(&[keys("Ctrl+K"), keys("Ctrl+J")]).unwrap_err();
    assert_eq!(
        errors,
        [("hotkeys.complete_line", TakeError::Taken("Ctrl+K".parse().unwrap()))],
        "the taken ones are named"
    );
    let mut held = display.held();
    held.sort();
    assert_eq!(held, ["Ctrl+Alt+B", "Ctrl+Alt+Space"], "all or nothing: both old ones are held");
    assert_eq!(states(&hotkeys), [HotkeyState::Working; 2], "and both work");
}

#[test]
fn an_old_conflict_does_not_stop_the_other_hotkey_from_changing() {
    let display = FakeDisplay { others: vec!["Ctrl+K".parse().unwrap()], ..FakeDisplay::default() };
    let mut hotkeys = hotkeys(&display, "Ctrl+K", "Ctrl+J");
    assert_eq!(
        hotkeys.change(&[keys("Ctrl+K"), keys("Ctrl+L")]),
        Ok(()),
        "only new keys can be refused"
    );
    assert_eq!(display.held(), ["Ctrl+L"], "the changed one is held");
}

#[test]
fn hotkeys_can_be_swapped_and_turned_off() {
    let display = FakeDisplay::default();
    let mut hotkeys = hotkeys(&display, "Ctrl+J", "Ctrl+K");
    assert_eq!(
        hotkeys.change(&[keys("Ctrl+K"), keys("Ctrl+J")]),
        Ok(()),
        "old keys go before new ones are taken"
    );
    let id = keys("Ctrl+J").unwrap().id();
    assert_eq!(hotkeys.verb_of(id), Some(BLOCK), "the keys have changed their meaning");
    assert_eq!(hotkeys.change(&[None, keys("Ctrl+J")]), Ok(()), "off is always possible");
    assert_eq!(states(&hotkeys), [HotkeyState::Off, HotkeyState::Working], "one is off");
}

#[test]
fn released_keys_come_back() {
    let display = FakeDisplay::default();
    let mut hotkeys = hotkeys(&display, "Ctrl+J", "Ctrl+K");
    hotkeys.release(true);
    assert!(display.held().is_empty(), "other programs get the keys");
    assert_eq!(
        hotkeys.change(&[keys("Ctrl+L"), keys("Ctrl+K")]),
        Ok(()),
        "settings may change meanwhile"
    );
    assert!(display.held().is_empty(), "still released");
    hotkeys.release(false);
    assert_eq!(display.held(), ["Ctrl+L", "Ctrl+K"], "the wanted ones are back");
    drop(hotkeys);
    assert!(display.held().is_empty(), "the end gives all back");
}

#[test]
fn without_a_grabber_the_status_names_the_command() {
    let mut hotkeys = Hotkeys::new(None);
    hotkeys.take(&[keys("Ctrl+J"), None]);
    assert_eq!(states(&hotkeys), [HotkeyState::Unavailable; 2], "no program takes keys on Wayland");
    let commands: Vec<_> =
        hotkeys.status(UiLanguage::En).into_iter().map(|status| status.command).collect();
    assert_eq!(
        commands,
        ["pounce trigger --mode line", "pounce trigger --mode block"],
        "but the compositor can run these"
    );
}

#[test]
fn a_portal_decides_the_keys_that_it_was_asked_for() {
    let mut hotkeys = Hotkeys::new(None);
    hotkeys.take(&[keys("Ctrl+J"), None]);
    hotkeys.leave_to_portal(Some(vec![keys("Ctrl+J"), None]));
    assert_eq!(states(&hotkeys), [HotkeyState::Portal, HotkeyState::Off], "off is off");
    let message =
        |hotkeys: &Hotkeys, i: usize| hotkeys.status(UiLanguage::En)[i].message.clone().unwrap();
    assert!(message(&hotkeys, 0).contains("keyboard settings"), "the place to change them");
    assert_eq!(hotkeys.change(&[None, keys("Ctrl+K")]), Ok(()), "settings may change");
    assert_eq!(states(&hotkeys), [HotkeyState::Off, HotkeyState::Portal], "and are shown");
    assert!(message(&hotkeys, 1).contains("next time"), "it was not asked for that one");
    assert!(!hotkeys.is_on(LINE) && hotkeys.is_on(BLOCK), "presses follow the settings");
    hotkeys.leave_to_portal(None);
    assert_eq!(states(&hotkeys), [HotkeyState::Unavailable; 2], "once the portal has gone");
}

#[test]
fn keys_that_another_program_has_let_go_are_taken_later() {
    let display =
        FakeDisplay { others: vec!["Ctrl+Alt+Space".parse().unwrap()], ..FakeDisplay::default() };
    let mut hotkeys = hotkeys(&display, "Ctrl+Alt+Space", "Ctrl+Alt+B");
    assert_eq!(hotkeys.taken(), ["Ctrl+Alt+Space"], "what the user is told");
    assert_eq!(hotkeys.retry(), Vec::<String>::new(), "it is held still");
    hotkeys.grabber = Some(Box::new(FakeDisplay { others: Vec::new(), ..display.clone() }));
    assert_eq!(hotkeys.retry(), ["Ctrl+Alt+Space"], "now it works");
    assert_eq!(hotkeys.taken(), Vec::<String>::new(), "nothing is to be told any more");
    assert_eq!(display.held(), ["Ctrl+Alt+B", "Ctrl+Alt+Space"], "each was taken once");
}
