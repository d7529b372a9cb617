//! [`HOTKEYS`]: the app's hotkeys, each declared once. A new one is an entry here and a field of the settings.

use pounce_cli::Verb;
use pounce_engine::Mode;
use pounce_service::settings;

use super::key_combination::KeyCombination;
use crate::ui_language::UiLanguage;

/// The keys of each of [`HOTKEYS`], in its order; `None` is off.
pub(crate) type HotkeyKeys = Vec<Option<KeyCombination>>;

/// A hotkey of the app.
#[derive(Debug)]
pub(crate) struct Hotkey {
    /// What a press asks for.
    pub(crate) verb: Verb,
    /// The path of its keys in the settings.
    pub(crate) setting: &'static str,
    /// Reads its keys from the settings; `None` is off.
    keys: fn(&settings::Hotkeys) -> Option<&str>,
    /// The id of its shortcut at the desktop's portal.
    pub(crate) portal_id: &'static str,
    /// What it does: the description in the menu and in the desktop's keyboard settings.
    pub(crate) description: fn(UiLanguage) -> &'static str,
    /// The command that does the same, for a binding in the compositor.
    pub(crate) command: &'static str,
}

/// Every hotkey, in the order of the settings, in which the keys are also taken.
pub(crate) const HOTKEYS: &[Hotkey] = &[
    Hotkey {
        verb: Verb::Complete(Some(Mode::Line)),
        setting: "hotkeys.complete_line",
        keys: |hotkeys| Some(hotkeys.complete_line.as_str()),
        portal_id: "complete",
        description: UiLanguage::hotkey_complete_line,
        command: "pounce trigger --mode line",
    },
    Hotkey {
        verb: Verb::Complete(Some(Mode::Block)),
        setting: "hotkeys.complete_block",
        keys: |hotkeys| hotkeys.complete_block.as_deref(),
        portal_id: "complete-block",
        description: UiLanguage::hotkey_complete_block,
        command: "pounce trigger --mode block",
    },
];

/// The keys that the settings give to the hotkeys. Keys that cannot be read are off.
pub(crate) fn keys_of(settings: &settings::Hotkeys) -> HotkeyKeys {
    let keys = |hotkey: &Hotkey| (hotkey.keys)(settings)?.parse().ok();
    HOTKEYS.iter().map(keys).collect()
}
