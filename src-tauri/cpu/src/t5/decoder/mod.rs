//! The decoder of the T5 family.

mod layers;
mod weights;

use std::sync::{Arc, Mutex};

use self::layers::Layers;
use self::weights::DecoderWeights;
use super::operators::DECODER_OPERATORS;
use crate::decoder::network::Loaded;
use crate::decoder::prompt::EncoderOutput;
use crate::error::CpuError;
use crate::kernels::HEAD_SIZE;
use crate::weights::graph_file::GraphFile;

/// Loads the decoder of a graph, to run on `n_threads` threads. `None` if the graph is another, or
/// the kernels do not take its shapes.
///
/// # Errors
/// [`CpuError::Tensor`] if a tensor is missing or incomplete, [`CpuError::Memory`] if there is no
/// memory for the weights.
pub(crate) fn load(file: &GraphFile, n_threads: usize) -> Result<Option<Loaded>, CpuError> {
    if !file.has_only(&DECODER_OPERATORS) {
        return Ok(None);
    }
    let Some((frame, weights)) = DecoderWeights::load(file)? else { return Ok(None) };
    let n_threads = n_threads.clamp(1, weights.max_threads(&frame));
    let output = EncoderOutput::new(2 * weights.layers.len(), weights.n_heads * HEAD_SIZE);
    let encoder_output = Arc::new(output);
    let layers = Layers {
        weights,
        encoder_output: Arc::clone(&encoder_output),
        shards: (0..n_threads).map(|_| Mutex::default()).collect(),
    };
    let network = Arc::new(layers);
    Ok(Some(Loaded { frame, network, encoder_output: Some(encoder_output), n_threads }))
}
