//! [`QuantizeArgument`]: the ways to store weights as values of an argument.

use clap::ValueEnum;
use pounce_model_format::Quantization;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum QuantizeArgument {
    /// 32-bit floats
    None,
    /// 8-bit integers
    #[default]
    Int8,
    /// 4-bit integers in the decoder, 8-bit elsewhere
    Int4,
}

impl From<QuantizeArgument> for Quantization {
    fn from(argument: QuantizeArgument) -> Self {
        match argument {
            QuantizeArgument::None => Self::None,
            QuantizeArgument::Int8 => Self::Int8,
            QuantizeArgument::Int4 => Self::Int4,
        }
    }
}
