//! [`ModeArgument`]: the modes of a completion as values of an argument.

use clap::ValueEnum;
use pounce_engine::Mode;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArgument {
    /// The rest of the line
    #[default]
    Line,
    /// Lines until the indentation falls
    Block,
    /// Until the model ends
    Free,
}

impl From<ModeArgument> for Mode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Line => Self::Line,
            ModeArgument::Block => Self::Block,
            ModeArgument::Free => Self::Free,
        }
    }
}
