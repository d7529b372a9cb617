//! [`Network`]: the layers of one architecture.

use std::sync::Arc;

use super::frame::Frame;
use super::prompt::EncoderOutput;
use super::step::{BarrierAborted, Step};
use super::worker::Worker;

/// The layers between embedding and head, with their KV cache. Its threads work on them together,
/// each on some heads of every attention and some columns of every matrix.
pub(crate) trait Network: Send + Sync {
    /// Takes the worker's residual stream through all layers, and writes the step's keys and values
    /// to the cache. At the end the stream has at least the rows of the step's output.
    ///
    /// # Errors
    /// [`BarrierAborted`] if another thread has panicked.
    fn run(&self, step: &Step<'_>, worker: &mut Worker) -> Result<(), BarrierAborted>;

    /// Tokens of the longest sequence.
    fn max_len(&self) -> usize;

    /// Allocates an empty KV cache for `capacity` tokens.
    fn reserve(&self, capacity: usize);
}

/// A decoder whose weights are loaded.
pub(crate) struct Loaded {
    pub(crate) frame: Frame,
    pub(crate) network: Arc<dyn Network>,
    /// What the layers read of an encoder; `None` for a decoder-only model.
    pub(crate) encoder_output: Option<Arc<EncoderOutput>>,
    /// Threads that the network splits its work among.
    pub(crate) n_threads: usize,
}
