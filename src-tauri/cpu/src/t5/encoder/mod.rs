//! [`Encoder`]: a whole encoder with its threads.

use std::path::Path;
use std::sync::Mutex;

use crate::attention::panel_len;
use crate::blocks::Blocks;
use crate::error::T5Error;
use crate::graph_file::GraphFile;
use crate::kernels::{HEAD_SIZE, InstructionSet, Kernels};
use crate::layers::{Scratch, Stack};
use crate::locks::{lock, write};
use crate::plan::block_len;
use crate::team::phases;
use crate::weights::Weights;

/// An encoder of the T5 family. It reads one prompt at a time.
pub struct Encoder {
    kernels: Kernels,
    weights: Weights,
    /// Room to work in, for each thread.
    scratch: Vec<Mutex<Scratch>>,
    blocks: Blocks,
}

impl Encoder {
    /// Opens the encoder of the model in `dir` for so many threads, in the instructions that are `wanted` or else the
    /// fastest. `None` where its graph, its shapes or this processor are not what the kernels are made for: then ONNX
    /// Runtime has to run the graph.
    ///
    /// # Errors
    /// [`T5Error`] if the files are damaged.
    pub fn open(
        dir: &Path,
        n_threads: usize,
        wanted: Option<InstructionSet>,
    ) -> Result<Option<Self>, T5Error> {
        let Some(kernels) = Kernels::detect(wanted) else { return Ok(None) };
        let file = GraphFile::open(dir, "encoder.onnx")?;
        if !file.is_encoder() {
            return Ok(None);
        }
        let Some(weights) = Weights::load(&file)? else { return Ok(None) };
        file.forget();
        let scratch = (0..n_threads.max(1)).map(|_| Mutex::default()).collect();
        Ok(Some(Self { kernels, weights, scratch, blocks: Blocks::default() }))
    }

    /// How many outputs there are: the keys of every decoder layer's cross-attention, then the values.
    pub fn n_outputs(&self) -> usize {
        self.weights.cross.len()
    }

    /// Floats of one output for a prompt of so many tokens: `[n_heads, n_tokens, 64]`.
    pub fn output_len(&self, n_tokens: usize) -> usize {
        self.weights.n_heads * n_tokens * HEAD_SIZE
    }

    /// Reads the prompt `ids` and writes the outputs, which are [`output_len`](Self::output_len) long. It is given
    /// up soon after `is_cancelled` says so.
    ///
    /// # Errors
    /// [`T5Error::Input`] for an id or a length that the model does not have, [`T5Error::Cancelled`].
    ///
    /// # Panics
    /// If there are not as many outputs as there should be, or of another length.
    pub fn run(
        &mut self,
        ids: &[u32],
        outputs: &mut [&mut [f32]],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), T5Error> {
        self.check(ids)?;
        assert_eq!(outputs.len(), self.n_outputs(), "an output for every projection");
        assert!(outputs.iter().all(|output| output.len() == self.output_len(ids.len())));
        let block_len = block_len(self.scratch.len());
        self.blocks.begin(&self.weights, ids, block_len, panel_len(self.kernels));
        let outputs = by_block(outputs, ids.len(), block_len);
        let (n_phases, n_blocks) = (self.weights.layers.len() + 1, outputs.len());
        let pass = |thread: usize, phase, block: usize| {
            let (mut outputs, mut scratch) = (lock(&outputs[block]), lock(&self.scratch[thread]));
            self.pass(phase, block, ids.len(), &mut outputs, &mut scratch);
        };
        let is_whole = phases(self.scratch.len(), n_phases, n_blocks, is_cancelled, &pass);
        if is_whole { Ok(()) } else { Err(T5Error::Cancelled) }
    }

    /// Takes a block out of one layer's attention and to the next one's, or to the outputs.
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
            let context = self.blocks.context(previous);
            stack.finish_layer(&layers[previous], &context, block.first, &mut tokens, scratch);
        }
        match layers.get(phase) {
            Some(layer) => {
                let mut panels = write(block.panels(phase));
                stack.begin_layer(layer, &mut tokens, &mut panels, scratch);
            }
            None => stack.finish(&tokens, outputs, scratch),
        }
    }

    fn check(&self, ids: &[u32]) -> Result<(), T5Error> {
        let max_len = self.weights.bias.max_len();
        if ids.is_empty() || ids.len() > max_len {
            let n = ids.len();
            return Err(T5Error::Input(format!("{n} tokens are not between 1 and {max_len}")));
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

/// For every block: of every output, every head's rows.
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
