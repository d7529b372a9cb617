//! [`Device`]: the hardware that a model is to compute on, and [`Placement`]: where it does.

use std::fmt;

use super::instruction_set::InstructionSet;

/// The hardware that a model computes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// An NVIDIA GPU, through ONNX Runtime's CUDA execution provider. A model that cannot run there
    /// runs on the processor.
    Cuda,
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
        })
    }
}

/// Where a loaded model runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placement {
    /// The device that computes the model.
    pub device: Device,
    /// Why the model does not run on the device that was asked for, and the remedy, in one line;
    /// `None` if it does.
    pub refusal: Option<String>,
    /// The instructions of the `pounce-cpu` kernels that run the whole model; `None` if ONNX
    /// Runtime runs it.
    pub instruction_set: Option<InstructionSet>,
}

impl Placement {
    /// On the processor, although another device was asked for.
    pub(crate) fn refused(reason: String) -> Self {
        Self { refusal: Some(reason), ..Self::default() }
    }

    /// The software that runs the model, for logs and reports: `ONNX Runtime`.
    pub fn runner(&self) -> String {
        match self.instruction_set {
            Some(set) => format!("own kernels in {set}"),
            None => "ONNX Runtime".to_owned(),
        }
    }
}
