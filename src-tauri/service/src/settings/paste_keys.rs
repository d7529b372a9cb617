//! [`PasteRule`]: the keys that paste in a program, where the app's own table does not know them.

use serde::{Deserialize, Serialize};

/// A program and the keys that paste in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PasteRule {
    /// The class or the instance of the program's windows, in any case of letters: what
    /// `xprop WM_CLASS` names.
    pub program: String,
    /// The keys.
    pub keys: PasteKeys,
}

/// The keys that paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum PasteKeys {
    /// In editors and browsers.
    #[serde(rename = "Ctrl+V")]
    CtrlV,
    /// In terminals.
    #[serde(rename = "Ctrl+Shift+V")]
    CtrlShiftV,
    /// In old terminals, where they paste the primary selection.
    #[serde(rename = "Shift+Insert")]
    ShiftInsert,
    /// None: nothing is ever pasted there.
    #[serde(rename = "never")]
    Never,
}

/// What is wrong with the rules: a program without a name, or one that is named twice.
pub(super) fn problem(rules: &[PasteRule]) -> Option<String> {
    let is_same = |a: &PasteRule, b: &PasteRule| a.program.eq_ignore_ascii_case(&b.program);
    rules.iter().enumerate().find_map(|(i, rule)| {
        if rule.program.trim().is_empty() {
            return Some("each rule needs the name of a program".to_owned());
        }
        let is_known = rules[..i].iter().any(|earlier| is_same(earlier, rule));
        is_known.then(|| format!("{} has two rules: remove one", rule.program))
    })
}
