//! [`ModelOptions`]: which model a sub-command loads, and how.

use clap::{Args, ValueEnum};
use pounce_engine::{Device, InstructionSet};

/// Which model to load, and how.
#[derive(Debug, Args)]
pub(crate) struct ModelOptions {
    /// A model's id, or its folder
    #[arg(long, default_value = "pounce-50m")]
    pub(crate) model: String,
    /// Threads of one run; 0 takes what was measured best here, else the cores up to four
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(crate) threads: u16,
    /// Have ONNX Runtime run what kernels of Pounce's own could run as well, to compare the two
    #[arg(long)]
    pub(crate) only_onnx: bool,
    /// The instructions of Pounce's own kernels, to compare them; the fastest if it is left out
    #[arg(long, hide = true, conflicts_with = "only_onnx")]
    pub(crate) instructions: Option<InstructionSet>,
    /// What to compute on; the processor where a GPU cannot be used
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceArgument,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceArgument {
    /// The processor
    #[default]
    Cpu,
    /// An NVIDIA GPU
    Cuda,
}

impl From<DeviceArgument> for Device {
    fn from(device: DeviceArgument) -> Self {
        match device {
            DeviceArgument::Cpu => Self::Cpu,
            DeviceArgument::Cuda => Self::Cuda,
        }
    }
}
