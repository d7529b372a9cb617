//! What computes a model: the [`graph`] trait and its two implementations.
//!
//! [`cpu`] runs T5 models in the kernels of `pounce-cpu`, where the processor has the instructions
//! for them; [`onnx_runtime`] runs every other model. [`open`] chooses.

#[cfg(target_arch = "x86_64")]
pub(crate) mod cpu;
pub(crate) mod device;
#[cfg(test)]
pub(crate) mod fake_graph;
pub(crate) mod graph;
pub(crate) mod instruction_set;
pub(crate) mod load_options;
pub(crate) mod onnx_runtime;
pub(crate) mod open;
pub(crate) mod scores;
