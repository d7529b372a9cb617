//! [`Server`]: whether and where other programs of this machine may ask for completions.

use serde::{Deserialize, Serialize};

/// Whether and where other programs of this machine may ask for completions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Server {
    pub enabled: bool,
    pub port: u16,
    pub token: Option<String>,
}

impl Server {
    /// What is wrong with the token: one that a header cannot carry.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let token = self.token.as_ref()?;
        let is_sound = !token.is_empty() && token.chars().all(|c| c.is_ascii_graphic());
        (!is_sound).then_some("must be letters, digits and signs of ASCII without blanks")
    }
}
