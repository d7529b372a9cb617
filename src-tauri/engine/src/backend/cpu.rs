//! [`NativeGraph`]: a T5 model in kernels of our own ([`pounce_cpu`]), where the processor has the instructions and the
//! model the shape. Elsewhere [`runtime`](crate::backend::onnx_runtime) has ONNX Runtime run the same files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pounce_cpu::{Decoder, Encoder, InstructionSet, T5Error};
use pounce_model_format::{Architecture, ModelManifest};

use crate::backend::graph::{COMPLETION_CAPACITY, Graph, TokenId, Wanted};
use crate::backend::load_options::LoadOptions;
use crate::backend::scores::{arg_max, best_two};
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// See the module's documentation.
pub(crate) struct NativeGraph {
    encoder: Encoder,
    decoder: Decoder,
    vocab_size: usize,
    next_ids: Vec<TokenId>,
    /// Set by the cancel hook of the run in progress.
    is_cancelled: Arc<AtomicBool>,
}

impl NativeGraph {
    /// Opens the model in `dir`; `None` where ONNX Runtime has to run it.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if a file is damaged.
    pub(crate) fn open(
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        if !is_for_us(manifest, options) {
            return Ok(None);
        }
        // Packing the weights takes most of it, each on a thread of its own.
        let (decoder, encoder) = std::thread::scope(|scope| {
            let encoder = scope.spawn(|| open_encoder(dir, manifest, options));
            let decoder = open_decoder(dir, options);
            (decoder, encoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (Some(decoder), Some(encoder)) = (decoder?, encoder?) else { return Ok(None) };
        let vocab_size = manifest.dimensions.vocab_size;
        let fit_together = decoder.fits(&encoder) && decoder.vocab_size() == vocab_size;
        let (next_ids, is_cancelled) = (Vec::new(), Arc::default());
        let graph = Self { encoder, decoder, vocab_size, next_ids, is_cancelled };
        Ok(fit_together.then_some(graph))
    }

    /// What it is computed in.
    pub(crate) fn instruction_set(&self) -> InstructionSet {
        self.decoder.instruction_set()
    }

    /// Scores after the token that is `from_end` places before the last one of the last run.
    fn row(&self, from_end: usize) -> &[f32] {
        self.decoder.scores().rchunks_exact(self.vocab_size).nth(from_end).unwrap_or_default()
    }
}

impl Graph for NativeGraph {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        let Self { encoder, decoder, is_cancelled, .. } = self;
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        decoder.read(encoder, ids, &is_cancelled).map_err(|source| run_error("encode", &source))
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        wanted: Wanted,
    ) -> Result<(), EngineError> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Err(run_error("decode", &T5Error::Cancelled));
        }
        let Self { decoder, vocab_size, next_ids, .. } = self;
        next_ids.clear();
        let n = wanted.n_tokens();
        let run = match wanted {
            Wanted::Nothing | Wanted::NextIds(_) => {
                decoder.choose(tokens, past, n).map(|best| next_ids.extend(best))
            }
            Wanted::Ranked(_) | Wanted::Logits => decoder
                .score(tokens, past, n)
                .map(|scores| next_ids.extend(scores.chunks_exact(*vocab_size).map(arg_max))),
        };
        run.map_err(|source| run_error("decode", &source))
    }

    fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    fn logits(&self) -> &[f32] {
        self.row(0)
    }

    fn lead(&self, index: usize) -> f32 {
        let [best, second] = best_two(self.row(self.next_ids.len() - 1 - index));
        best - second
    }

    fn has_exact_wide_runs(&self) -> bool {
        true
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }

    fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        if n > self.decoder.capacity() {
            self.decoder.reserve(n);
        }
        Ok(())
    }

    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError> {
        // What was cancelled before is over.
        self.is_cancelled.store(false, Ordering::Relaxed);
        let is_cancelled = Arc::clone(&self.is_cancelled);
        Ok(cancel.on_cancel(move || is_cancelled.store(true, Ordering::Relaxed)))
    }
}

/// The decoder of the model in `dir`; `None` where ONNX Runtime has to run it.
///
/// # Errors
/// [`EngineError::Graph`] if its file is damaged.
fn open_decoder(dir: &Path, options: &LoadOptions) -> Result<Option<Decoder>, EngineError> {
    Decoder::open(dir, options.n_threads(), COMPLETION_CAPACITY, options.instruction_set)
        .map_err(|source| graph_error(dir, "decoder.onnx", &source))
}

/// The encoder of the model in `dir`; `None` where ONNX Runtime has to run it. It serves a decoder in ONNX Runtime as
/// well.
///
/// # Errors
/// [`EngineError::Graph`] if its file is damaged.
pub(crate) fn open_encoder(
    dir: &Path,
    manifest: &ModelManifest,
    options: &LoadOptions,
) -> Result<Option<Encoder>, EngineError> {
    if !is_for_us(manifest, options) {
        return Ok(None);
    }
    let encoder = Encoder::open(dir, options.n_threads(), options.instruction_set)
        .map_err(|source| graph_error(dir, "encoder.onnx", &source))?;
    let n_cross = 2 * manifest.dimensions.n_decoder_layers;
    Ok(encoder.filter(|encoder| encoder.n_outputs() == n_cross))
}

/// Whether the model is of the kind that the kernels compute, and they are wanted.
fn is_for_us(manifest: &ModelManifest, options: &LoadOptions) -> bool {
    !options.only_onnx && manifest.architecture == Architecture::EncoderDecoder
}

fn graph_error(dir: &Path, name: &str, source: &T5Error) -> EngineError {
    EngineError::Graph { path: dir.join(name), reason: source.to_string() }
}

fn run_error(stage: &'static str, source: &T5Error) -> EngineError {
    EngineError::Run { stage, reason: source.to_string() }
}

#[cfg(test)]
mod tests;
