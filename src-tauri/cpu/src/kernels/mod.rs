//! Everything that is written in the instructions of one kind of processor.
//!
//! [`Kernels`] proves that the processor has an [`InstructionSet`]; the kernels are its methods.
//! The files beside this one check the lengths of all slices and then call the function of the same
//! name in `avx2/` or `avx512/`, whose tiles are as large as the registers of those instructions
//! allow. Besides these kernels, only the mapping of the weights' file is unsafe code.

mod attention;
mod avx2;
mod avx512;
mod block_activations;
mod block_format;
mod block_matmul;
mod dispatch;
mod gate;
mod instruction_set;
mod int4;
mod int8;
mod kernel_set;
mod norm;
mod quantize;
mod quantized_activations;
mod softmax;

pub(crate) use attention::bf16::BF16_PANEL_LEN;
pub(crate) use attention::panels::{F32_PANEL_LEN, HEAD_SIZE, HeadPanels, KEYS};
pub(crate) use block_activations::{BlockActivations, COLUMNS, GROUP};
pub(crate) use block_format::{BlockFormat, LINE_BYTES};
pub(crate) use block_matmul::BlockPanels;
pub use instruction_set::InstructionSet;
pub(crate) use int4::{Int4Panels, LINE_ROWS as INT4_LINE_ROWS};
pub(crate) use int8::{Epilogue, Line, PANEL, Panel};
pub(crate) use kernel_set::{Kernels, MAX_SUM_TERMS};
pub(crate) use quantized_activations::QuantizedActivations;
