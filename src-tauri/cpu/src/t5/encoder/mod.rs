//! [`Encoder`]: a whole encoder with its threads.

mod block_len;
mod blocks;
mod layers;
mod weights;

use std::path::Path;
use std::sync::Mutex;

use pounce_model_format::ENCODER_FILE;

use self::block_len::block_len;
use self::blocks::Blocks;
use self::layers::{Scratch, Stack};
use self::weights::EncoderWeights;
use super::operators::ENCODER_OPERATORS;
use crate::attention::key_value_panels::panel_len;
use crate::error::CpuError;
use crate::kernels::{HEAD_SIZE, InstructionSet, Kernels};
use crate::threads::locks::{lock, write};
use crate::threads::phase_pool::EncoderThreadPool;
use crate::weights::embedding::Embedding;
use crate::weights::graph_file::GraphFile;

/// An encoder of the T5 family. It reads one prompt at a time.
pub struct Encoder {
    kernels: Kernels,
    weights: EncoderWeights,
    /// One for each thread.
    scratch: Vec<Mutex<Scratch>>,
    blocks: Blocks,
}

impl Encoder {
    /// Opens the encoder of the model in the folder `dir`, to run on `n_threads` threads in the
    /// instructions `wanted`, or in the fastest ones where that is `None`. Returns `None` if the
    /// kernels do not support the graph, its shapes or this processor; then ONNX Runtime has to run
    /// the graph.
    ///
    /// # Errors
    /// [`CpuError`] if a file cannot be read or is damaged.
    pub fn open(
        dir: &Path,
        n_threads: usize,
        wanted: Option<InstructionSet>,
    ) -> Result<Option<Self>, CpuError> {
        let Some(kernels) = Kernels::detect(wanted) else { return Ok(None) };
        let file = GraphFile::open(dir, ENCODER_FILE)?;
        if !file.has_only(&ENCODER_OPERATORS) {
            return Ok(None);
        }
        let Some(weights) = EncoderWeights::load(&file)? else { return Ok(None) };
        let scratch = (0..n_threads.max(1)).map(|_| Mutex::default()).collect();
        Ok(Some(Self { kernels, weights, scratch, blocks: Blocks::default() }))
    }

    /// The number of outputs: the keys of every decoder layer's cross-attention, then the values.
    pub fn n_outputs(&self) -> usize {
        self.weights.cross.len()
    }

    /// Uses the bytes of `other` in place of the embedding table, if they are the same.
    pub(crate) fn share_embedding(&mut self, other: &Embedding) {
        self.weights.embedding.share(other);
    }

    /// Floats of one output, `[n_heads, n_tokens, 64]`.
    pub fn output_len(&self, n_tokens: usize) -> usize {
        self.weights.n_heads * n_tokens * HEAD_SIZE
    }

    /// Encodes the prompt `ids` and writes the outputs. `is_cancelled` is asked once a layer.
    ///
    /// # Errors
    /// [`CpuError::Input`] if the prompt is empty, too long, or has an id that is not in the
    /// vocabulary; [`CpuError::Cancelled`] if `is_cancelled` returned true.
    ///
    /// # Panics
    /// If there are not [`n_outputs`](Self::n_outputs) outputs of [`output_len`](Self::output_len)
    /// floats.
    pub fn run(
        &mut self,
        ids: &[u32],
        outputs: &mut [&mut [f32]],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), CpuError> {
        self.check(ids)?;
        assert_eq!(outputs.len(), self.n_outputs(), "an output for every projection");
        assert!(outputs.iter().all(|output| output.len() == self.output_len(ids.len())));
        let block_len = block_len(self.scratch.len());
        self.blocks.begin(&self.weights, ids, block_len, panel_len(self.kernels));
        let outputs = by_block(outputs, ids.len(), block_len);
        let pool = EncoderThreadPool {
            n_threads: self.scratch.len(),
            n_phases: self.weights.layers.len() + 1,
            n_blocks: outputs.len(),
        };
        let pass = |thread: usize, phase, block: usize| {
            let (mut outputs, mut scratch) = (lock(&outputs[block]), lock(&self.scratch[thread]));
            self.pass(phase, block, ids.len(), &mut outputs, &mut scratch);
        };
        let is_done = pool.run(is_cancelled, &pass);
        if is_done { Ok(()) } else { Err(CpuError::Cancelled) }
    }

    /// Runs one phase for one block: the rest of the layer before, then the beginning of the next
    /// one or the outputs.
    fn pass(
        &self,
        phase: usize,
        block: usize,
        n_tokens: usize,
        outputs: &mut [Vec<&mut [f32]>],
        scratch: &mut Scratch,
    ) {
        let stack = Stack { kernels: self.kernels, weights: &self.weights, n_tokens };
        let layers = &self.weights.layers;
        let block = &self.blocks.of_prompt()[block];
        let mut tokens = lock(&block.tokens);
        if let Some(previous) = phase.checked_sub(1) {
            let keys_and_values = self.blocks.keys_and_values(previous);
            stack.finish_layer(
                &layers[previous],
                &keys_and_values,
                block.first,
                &mut tokens,
                scratch,
            );
        }
        match layers.get(phase) {
            Some(layer) => {
                let mut panels = write(block.panels(phase));
                stack.begin_layer(layer, &mut tokens, &mut panels, scratch);
            }
            None => stack.finish(&tokens, outputs, scratch),
        }
    }

    fn check(&self, ids: &[u32]) -> Result<(), CpuError> {
        let max_len = self.weights.bias.max_len();
        if ids.is_empty() || ids.len() > max_len {
            let n = ids.len();
            return Err(CpuError::Input(format!(
                "a prompt of {n} tokens is not between 1 and {max_len} long"
            )));
        }
        self.weights.embedding.check(ids)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("layers", &self.weights.layers.len())
            .finish_non_exhaustive()
    }
}

/// Cuts the outputs into those of each block: `[block][output][head]`, each `[n, 64]`.
fn by_block<'a>(
    outputs: &'a mut [&mut [f32]],
    n_tokens: usize,
    block_len: usize,
) -> Vec<Mutex<Vec<Vec<&'a mut [f32]>>>> {
    let n_blocks = n_tokens.div_ceil(block_len);
    let n_outputs = outputs.len();
    let mut blocks: Vec<_> =
        (0..n_blocks).map(|_| (0..n_outputs).map(|_| Vec::new()).collect::<Vec<_>>()).collect();
    for (index, output) in outputs.iter_mut().enumerate() {
        for head in output.chunks_mut(n_tokens * HEAD_SIZE) {
            for (block, rows) in blocks.iter_mut().zip(head.chunks_mut(block_len * HEAD_SIZE)) {
                block[index].push(rows);
            }
        }
    }
    blocks.into_iter().map(Mutex::new).collect()
}
