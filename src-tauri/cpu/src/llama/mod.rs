//! Decoder-only models of the Llama and Qwen2 family: RMS norms, rotary positions, grouped-query
//! attention, and feed-forward layers with a gate. Qwen2 has biases in the projections to queries,
//! keys and values.
//!
//! A prompt is read in runs of many tokens, by the same code as a step of one: its products are the
//! same to the last bit.

mod attention_shard;
mod graph;
mod layers;
mod parts;
mod rotation;
mod weights;

use std::sync::{Arc, Mutex};

use self::attention_shard::AttentionShard;
use self::layers::Layers;
use self::weights::LlamaWeights;
use crate::decoder::network::Loaded;
use crate::error::CpuError;
use crate::weights::graph_file::GraphFile;

/// Loads the model of a graph, to run on `n_threads` threads. `None` if the graph is another, or
/// the kernels do not take its shapes.
///
/// # Errors
/// [`CpuError::Tensor`] if a tensor is missing or incomplete, [`CpuError::Memory`] if there is no
/// memory for the weights.
pub(crate) fn load(file: &GraphFile, n_threads: usize) -> Result<Option<Loaded>, CpuError> {
    let Some((frame, weights)) = LlamaWeights::load(file)? else { return Ok(None) };
    let n_threads = n_threads.clamp(1, weights.max_threads(&frame));
    let shard = |index| Mutex::new(AttentionShard::new(index, n_threads, &weights));
    let shards = (0..n_threads).map(shard).collect();
    let network = Arc::new(Layers { weights, shards });
    Ok(Some(Loaded { frame, network, encoder_output: None, n_threads }))
}
