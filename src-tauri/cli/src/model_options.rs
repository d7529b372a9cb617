//! [`ModelOptions`]: which model a sub-command loads, and how.

use clap::Args;
use pounce_engine::{Device, InstructionSet};
use pounce_service::ModelId;

/// Which model to load, and how.
#[derive(Debug, Args)]
pub(crate) struct ModelOptions {
    /// A model's id, or its folder
    #[arg(long, default_value = "pounce-50m")]
    pub(crate) model: String,
    /// Threads of one run; 0 takes the number measured to be best here, or else up to four cores
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(crate) threads: u16,
    /// Run everything in ONNX Runtime, also what Pounce's own kernels support, to compare the two
    #[arg(long)]
    pub(crate) only_onnx: bool,
    /// The instruction set of Pounce's own kernels, to compare them [default: the fastest]
    #[arg(long, hide = true, conflicts_with = "only_onnx")]
    pub(crate) instructions: Option<InstructionSet>,
    /// The device to compute on; the processor if the GPU cannot be used
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: Device,
}

impl ModelOptions {
    /// An installed model, run as the app runs it.
    pub(crate) fn of(id: &ModelId) -> Self {
        Self {
            model: id.to_string(),
            threads: 0,
            only_onnx: false,
            instructions: None,
            device: Device::default(),
        }
    }
}
