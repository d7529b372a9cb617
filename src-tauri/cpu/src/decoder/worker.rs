//! [`Worker`]: what one thread of the decoder keeps to itself.

use crate::kernels::BlockActivations;
use crate::output_head::arg_max::{ArgMax, Best};

/// The memory that one thread works in, and its count of barriers.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    /// Barriers that the thread has passed since it was started.
    pub(super) n_waits: u64,
    /// Barriers of the current step so far. Each one exchanges one product between the threads.
    pub(super) n_exchanges: usize,
    /// The residual stream: `[n, d_model]`.
    pub(crate) stream: Vec<f32>,
    /// `[n, width]`: the whole rows of the last product, put together from the parts of all
    /// threads, or of a norm.
    pub(super) whole: Vec<f32>,
    /// The input of the next matrix product: the same rows, quantized.
    pub(crate) rows: BlockActivations,
    /// A second product, which the first is to be combined with.
    pub(crate) second: Vec<f32>,
    /// Attention scores of one query and head.
    pub(crate) scores: Vec<f32>,
    pub(super) arg_max: ArgMax,
}

impl Worker {
    /// For each row, the best token of the thread's share of the vocabulary.
    pub(crate) fn best(&self) -> &[Best] {
        self.arg_max.best()
    }

    /// Index of the half of the double buffer that holds the product of the last barrier.
    pub(crate) fn read_buffer(&self) -> usize {
        (self.n_exchanges + 1) % 2
    }

    /// Index of the half of the double buffer that the next product is written to.
    pub(crate) fn write_buffer(&self) -> usize {
        self.n_exchanges % 2
    }
}
