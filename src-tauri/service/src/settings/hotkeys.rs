//! [`Hotkeys`]: the key combinations, and what may be written for one.

use serde::{Deserialize, Serialize};

/// The key combinations, such as `Ctrl+Alt+Space`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Hotkeys {
    pub complete_line: String,
    pub complete_block: Option<String>,
}

impl Hotkeys {
    /// Every hotkey that is turned on, with the path of its field. A new hotkey has its line here, and in `label`.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("hotkeys.complete_line", Some(&self.complete_line)),
            ("hotkeys.complete_block", self.complete_block.as_ref()),
        ];
        all.into_iter().filter_map(|(field, keys)| Some((field, keys?.as_str())))
    }

    /// What is wrong with each hotkey, by field: how it is written, or that an earlier one is the same.
    pub(super) fn problems(&self) -> Vec<(&'static str, String)> {
        let taken = |i: usize, keys: &str| {
            self.iter().take(i).find(|(_, earlier)| earlier.eq_ignore_ascii_case(keys))
        };
        let problem = |(i, (field, keys)): (usize, (&'static str, &str))| {
            let other = || {
                taken(i, keys).map(|(other, _)| {
                    format!("has the keys of \"{}\": choose others", label(other))
                })
            };
            Some((field, problem(keys).or_else(other)?))
        };
        self.iter().enumerate().filter_map(problem).collect()
    }
}

/// What the settings window calls the hotkey of a field.
fn label(field: &str) -> &str {
    match field {
        "hotkeys.complete_line" => "Complete a line",
        "hotkeys.complete_block" => "Complete a block",
        other => other,
    }
}

/// What is wrong with how a hotkey is written. Only the display server knows whether its key exists.
fn problem(hotkey: &str) -> Option<String> {
    let (modifiers, key) = hotkey.rsplit_once('+').unwrap_or(("", hotkey));
    if key.trim().is_empty() || is_modifier(key) {
        return Some(format!("{hotkey:?} lacks a key besides the modifiers"));
    }
    let is_fine = if modifiers.is_empty() {
        is_function_key(key)
    } else {
        modifiers.split('+').all(is_modifier)
    };
    (!is_fine).then(|| format!("{hotkey:?} must be modifiers and one key, such as Ctrl+Alt+Space"))
}

fn is_modifier(part: &str) -> bool {
    const MODIFIERS: [&str; 9] =
        ["ctrl", "control", "alt", "option", "shift", "super", "meta", "cmd", "cmdorctrl"];
    MODIFIERS.contains(&part.trim().to_ascii_lowercase().as_str())
}

/// Whether `key` is one of F1 to F24, which type no text and so need no modifier.
fn is_function_key(key: &str) -> bool {
    let number = key.trim().strip_prefix(['F', 'f']);
    number.is_some_and(|number| matches!(number.parse(), Ok(1_u8..=24)))
}
