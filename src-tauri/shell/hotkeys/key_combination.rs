//! [`KeyCombination`]: the keys of a hotkey, read and written as people, the X server and the portal do.

use std::fmt;
use std::str::FromStr;

use global_hotkey::hotkey::{Code, HotKey, Modifiers};
use thiserror::Error;

/// Modifiers and one key, such as `Ctrl+Alt+Space`, that a program may take as a hotkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyCombination(pub(super) HotKey);

/// Why a text is not a key combination for a hotkey.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum KeyCombinationError {
    /// The text names no keys.
    #[error("write keys like Ctrl+Alt+Space, or press them")]
    Unknown,
    /// Without a modifier, the key would be taken away from every other program.
    #[error("add Ctrl, Alt or Super: the key alone is needed by other programs")]
    NoModifier,
    /// Every other program uses the keys for something that no user does without.
    #[error("{0} is needed in other programs, where it could no longer {1}: choose other keys")]
    Reserved(String, &'static str),
}

/// Keys that no program may take from all others, and what they do there.
const RESERVED: [(&str, &str); 13] = [
    ("Ctrl+C", "copy"),
    ("Ctrl+Insert", "copy"),
    ("Ctrl+Shift+C", "copy"),
    ("Ctrl+V", "paste"),
    ("Ctrl+Shift+V", "paste"),
    ("Ctrl+X", "cut"),
    ("Ctrl+A", "select all"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+S", "save"),
    ("Alt+F4", "close a window"),
    ("Alt+Tab", "switch windows"),
    ("Alt+Shift+Tab", "switch windows"),
    ("Ctrl+Alt+Delete", "end the session"),
];

impl FromStr for KeyCombination {
    type Err = KeyCombinationError;

    fn from_str(text: &str) -> Result<Self, KeyCombinationError> {
        // Linux calls the key `Super`, the library Meta; it reads both names.
        let keys = HotKey::from_str(text.trim()).map_err(|_| KeyCombinationError::Unknown)?;
        let is_shielded =
            keys.mods.intersects(Modifiers::CONTROL | Modifiers::ALT | Modifiers::META);
        // Function keys type no text.
        let is_free = is_shielded || is_function_key(keys.key);
        if !is_free {
            return Err(KeyCombinationError::NoModifier);
        }
        Self(keys).ensure_unreserved()
    }
}

fn is_function_key(key: Code) -> bool {
    let name = key.to_string();
    name.strip_prefix('F').is_some_and(|number| matches!(number.parse(), Ok(1_u8..=24)))
}

impl fmt::Display for KeyCombination {
    /// Writes the keys as people do: `Ctrl+Alt+Shift+Super+K`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Modifiers::CONTROL, "Ctrl"),
            (Modifiers::ALT, "Alt"),
            (Modifiers::SHIFT, "Shift"),
            (Modifiers::META, "Super"),
        ];
        for (_, name) in names.iter().filter(|(modifier, _)| self.0.mods.contains(*modifier)) {
            write!(f, "{name}+")?;
        }
        let key = self.0.key.to_string();
        let short = key.strip_prefix("Key").or_else(|| key.strip_prefix("Digit")).unwrap_or(&key);
        f.write_str(short)
    }
}

impl KeyCombination {
    fn ensure_unreserved(self) -> Result<Self, KeyCombinationError> {
        let name = self.to_string();
        match RESERVED.iter().find(|(keys, _)| *keys == name) {
            Some((_, use_)) => Err(KeyCombinationError::Reserved(name, use_)),
            None => Ok(self),
        }
    }

    /// The number by which `global-hotkey`'s events name these keys.
    pub(crate) fn id(self) -> u32 {
        self.0.id()
    }

    /// The notation of the GlobalShortcuts portal: `CTRL+ALT+space` (shortcuts specification of freedesktop.org).
    pub(crate) fn to_portal(self) -> String {
        let names = [
            (Modifiers::CONTROL, "CTRL"),
            (Modifiers::ALT, "ALT"),
            (Modifiers::SHIFT, "SHIFT"),
            (Modifiers::META, "LOGO"),
        ];
        let mut parts: Vec<String> = names
            .iter()
            .filter(|(modifier, _)| self.0.mods.contains(*modifier))
            .map(|(_, name)| (*name).to_owned())
            .collect();
        parts.push(keysym_name(self.0.key));
        parts.join("+")
    }
}

/// The name in X11's keysymdef.h, without `XK_`, of the keysym that the key produces on an American keyboard.
fn keysym_name(key: Code) -> String {
    let name = match key {
        Code::Space => "space",
        Code::Enter => "Return",
        Code::Backspace => "BackSpace",
        Code::ArrowUp => "Up",
        Code::ArrowDown => "Down",
        Code::ArrowLeft => "Left",
        Code::ArrowRight => "Right",
        Code::PageUp => "Page_Up",
        Code::PageDown => "Page_Down",
        Code::PrintScreen => "Print",
        Code::ScrollLock => "Scroll_Lock",
        Code::Backquote => "grave",
        Code::Minus => "minus",
        Code::Equal => "equal",
        Code::BracketLeft => "bracketleft",
        Code::BracketRight => "bracketright",
        Code::Backslash => "backslash",
        Code::Semicolon => "semicolon",
        Code::Quote => "apostrophe",
        Code::Comma => "comma",
        Code::Period => "period",
        Code::Slash => "slash",
        _ => return regular_keysym_name(&key.to_string()),
    };
    name.to_owned()
}

/// The keysym name of a key that follows a rule: letters are lower case, digits bare, and names of the numeric keypad
/// begin with `KP_`. The other names are the same.
fn regular_keysym_name(code: &str) -> String {
    if let Some(letter) = code.strip_prefix("Key") {
        return letter.to_lowercase();
    }
    let keypad = code.strip_prefix("Numpad").map(|name| format!("KP_{name}"));
    keypad.unwrap_or_else(|| code.strip_prefix("Digit").unwrap_or(code).to_owned())
}
