//! [`LoadOptions`]: how a model uses the machine.

use std::num::NonZeroUsize;

/// How a model uses the machine. The default suits an interactive completion on any desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LoadOptions {
    /// Threads of one run; 0 chooses by the machine, see [`LoadOptions::n_threads`]. Models share
    /// the threads of the first one that is loaded, if they ask for the same number.
    pub threads: usize,
    /// Whether idle threads of a run go to sleep instead of spinning between operators. Spinning
    /// is faster while a completion runs and costs nothing between completions.
    pub sleeps_between_operators: bool,
    /// Whether ONNX Runtime runs an encoder that kernels of our own could: for comparisons.
    pub onnx_encoder: bool,
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
        self.n_threads() == other.n_threads() && self.spins() == other.spins()
    }

    pub(crate) fn spins(&self) -> bool {
        !self.sleeps_between_operators
    }
}
