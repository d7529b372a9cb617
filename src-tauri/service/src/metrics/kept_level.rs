//! [`KeptLevel`]: how many completions of a level of confidence were kept.

use serde::Serialize;

use crate::confidence::{Level, Tally};

/// How many completions of a level of confidence were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct KeptLevel {
    /// How sure they were, as people were told.
    pub level: Level,
    /// What was found half a minute later.
    pub half_minute: Tally,
    /// What was found five minutes later.
    pub five_minutes: Tally,
}
