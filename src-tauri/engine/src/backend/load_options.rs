//! [`LoadOptions`]: how a model uses the machine.

use std::num::NonZeroUsize;

use super::device::Device;
use super::instruction_set::InstructionSet;

/// How a model uses the machine. The default suits an interactive completion on any desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// Threads that compute the model; 0 chooses by the machine, see [`LoadOptions::n_threads`].
    /// Models in ONNX Runtime that ask for the same number as the first loaded one share its
    /// threads.
    pub threads: usize,
    /// Whether `threads` was measured to be the fastest rather than set by the user. A model of two
    /// graphs may then share the first model's threads although their number differs: in pools of
    /// their own, the graphs' waiting threads would spin on each other's cores.
    pub prefers_shared_threads: bool,
    /// Whether to run a model in ONNX Runtime that the `pounce-cpu` kernels could run; for
    /// comparisons.
    pub only_onnx: bool,
    /// The instructions that the `pounce-cpu` kernels use, for tests and comparisons. `None` takes
    /// the fastest that the processor has. If it lacks the chosen ones, ONNX Runtime runs the
    /// model.
    pub instruction_set: Option<InstructionSet>,
    /// The device to compute on, if it can; see [`Model::placement`](crate::Model::placement).
    pub device: Device,
}

impl LoadOptions {
    /// More threads do not make a step of a small model faster: memory and the synchronization
    /// after every operator limit it.
    const MAX_USEFUL_THREADS: usize = 4;

    /// The threads to use: the number that was set, or one for each of the machine's cores, up to
    /// four.
    pub fn n_threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        if self.threads > 0 { self.threads } else { cores().min(Self::MAX_USEFUL_THREADS) }
    }
}
