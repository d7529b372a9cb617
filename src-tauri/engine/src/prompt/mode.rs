//! [`Mode`]: how much to complete.

/// How much to complete.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Mode {
    /// Up to the end of the line, or the next line if the cursor stands at the end of one.
    #[default]
    Line,
    /// Lines until the indentation falls below the cursor's.
    Block,
    /// Until the model ends the completion or the token limit is reached.
    Free,
}
