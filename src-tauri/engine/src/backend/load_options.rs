//! [`LoadOptions`]: how a model uses the machine.

use std::num::NonZeroUsize;

use crate::backend::device::Device;
use crate::backend::instruction_set::InstructionSet;

/// How a model uses the machine. The default suits an interactive completion on any desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// Threads of one run; 0 chooses by the machine, see [`LoadOptions::n_threads`]. Models share
    /// the threads of the first one that is loaded, if they ask for the same number.
    pub threads: usize,
    /// Whether `threads` is what was fastest for this model, and not what somebody asked for. A model of
    /// two graphs then takes the threads that others have, if there are several but not as many:
    /// with a pool each, its graphs would spin on each other's cores.
    pub prefers_shared_threads: bool,
    /// Whether ONNX Runtime runs what kernels of our own could run as well: for comparisons.
    pub only_onnx: bool,
    /// The instructions of our own kernels, for tests and comparisons; where the processor lacks them, ONNX Runtime
    /// runs the model. `None` takes the fastest that it has.
    pub instruction_set: Option<InstructionSet>,
    /// What it computes on, if that can be; see [`Model::placement`](crate::Model::placement).
    pub device: Device,
}

impl LoadOptions {
    /// More threads than this do not make a step of a small model faster: it is bound by memory
    /// and by the synchronisation after every operator.
    const MAX_USEFUL_THREADS: usize = 4;

    /// The threads to use: what was asked for, else the machine's cores up to four.
    pub fn n_threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        if self.threads > 0 { self.threads } else { cores().min(Self::MAX_USEFUL_THREADS) }
    }

    /// Whether sessions of both can have the same threads.
    pub(crate) fn shares_threads_with(&self, other: &Self) -> bool {
        self.n_threads() == other.n_threads()
    }
}
