//! [`CpuGraph`]: a T5 model in the kernels of [`pounce_cpu`], if the processor has the instructions
//! and the model the shape. Otherwise [`onnx_runtime`](super::onnx_runtime) runs the same files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pounce_cpu::{CpuError, Decoder, Encoder, InstructionSet};
use pounce_model_format::{Architecture, DECODER_FILE, ENCODER_FILE, ModelManifest};

use super::graph::{COMPLETION_CAPACITY, DecodeOutput, Graph, TokenId};
use super::load_options::LoadOptions;
use super::scores::{arg_max, log_prob};
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// A T5 model in the kernels of [`pounce_cpu`].
pub(crate) struct CpuGraph {
    encoder: Encoder,
    decoder: Decoder,
    vocab_size: usize,
    next_ids: Vec<TokenId>,
    /// What the last run computed.
    output: DecodeOutput,
    /// Set by the cancel hook of the run in progress, and read by the kernels.
    is_cancelled: Arc<AtomicBool>,
}

impl CpuGraph {
    /// Opens the model in `dir`; `None` if ONNX Runtime has to run it.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if a file is damaged.
    pub(crate) fn open(
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        if !may_run(manifest, options) {
            return Ok(None);
        }
        // Packing the weights takes most of the time, so each graph has a thread of its own.
        let (decoder, encoder) = std::thread::scope(|scope| {
            let encoder = scope.spawn(|| open_encoder(dir, manifest, options));
            let decoder = open_decoder(dir, options);
            (decoder, encoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (Some(decoder), Some(mut encoder)) = (decoder?, encoder?) else { return Ok(None) };
        decoder.share_embedding(&mut encoder);
        let vocab_size = manifest.dimensions.vocab_size;
        let fit_together = decoder.fits(&encoder) && decoder.vocab_size() == vocab_size;
        let graph = Self {
            encoder,
            decoder,
            vocab_size,
            next_ids: Vec::new(),
            output: DecodeOutput::Nothing,
            is_cancelled: Arc::default(),
        };
        Ok(fit_together.then_some(graph))
    }

    /// The instructions that the kernels use.
    pub(crate) fn instruction_set(&self) -> InstructionSet {
        self.decoder.instruction_set()
    }
}

impl Graph for CpuGraph {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        let Self { encoder, decoder, is_cancelled, .. } = self;
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        decoder.read(encoder, ids, &is_cancelled).map_err(|source| run_error("encode", &source))
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Err(run_error("decode", &CpuError::Cancelled));
        }
        let Self { decoder, vocab_size, next_ids, .. } = self;
        self.output = output;
        next_ids.clear();
        let n = output.n_tokens();
        let run = match output {
            DecodeOutput::Nothing | DecodeOutput::NextIds(_) => {
                decoder.choose(tokens, past, n).map(|best| next_ids.extend(best))
            }
            DecodeOutput::Logits(_) => decoder
                .score(tokens, past, n)
                .map(|scores| next_ids.extend(scores.chunks_exact(*vocab_size).map(arg_max))),
        };
        run.map_err(|source| run_error("decode", &source))
    }

    fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    fn log_prob(&self, index: usize) -> f32 {
        match self.output {
            DecodeOutput::Logits(_) => log_prob(self.logits(index), self.next_ids[index]),
            _ => self.decoder.log_probs()[index],
        }
    }

    fn logits(&self, index: usize) -> &[f32] {
        &self.decoder.scores()[index * self.vocab_size..][..self.vocab_size]
    }

    fn is_batch_invariant(&self) -> bool {
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
        // An earlier run may have been cancelled.
        self.is_cancelled.store(false, Ordering::Relaxed);
        let is_cancelled = Arc::clone(&self.is_cancelled);
        Ok(cancel.on_cancel(move || is_cancelled.store(true, Ordering::Relaxed)))
    }
}

/// Opens the decoder of the model in `dir`; `None` if ONNX Runtime has to run it.
///
/// # Errors
/// [`EngineError::Graph`] if its file is damaged.
fn open_decoder(dir: &Path, options: &LoadOptions) -> Result<Option<Decoder>, EngineError> {
    Decoder::open(dir, options.n_threads(), COMPLETION_CAPACITY, options.instruction_set)
        .map_err(|source| graph_error(dir, DECODER_FILE, &source))
}

/// Opens the encoder of the model in `dir`; `None` if ONNX Runtime has to run it. The encoder can
/// also serve a decoder in ONNX Runtime.
///
/// # Errors
/// [`EngineError::Graph`] if its file is damaged.
pub(crate) fn open_encoder(
    dir: &Path,
    manifest: &ModelManifest,
    options: &LoadOptions,
) -> Result<Option<Encoder>, EngineError> {
    if !may_run(manifest, options) {
        return Ok(None);
    }
    let encoder = Encoder::open(dir, options.n_threads(), options.instruction_set)
        .map_err(|source| graph_error(dir, ENCODER_FILE, &source))?;
    let n_cross = 2 * manifest.dimensions.n_decoder_layers;
    Ok(encoder.filter(|encoder| encoder.n_outputs() == n_cross))
}

/// Whether the kernels are allowed and made for this kind of model.
fn may_run(manifest: &ModelManifest, options: &LoadOptions) -> bool {
    !options.only_onnx && manifest.architecture == Architecture::EncoderDecoder
}

fn graph_error(dir: &Path, name: &str, source: &CpuError) -> EngineError {
    EngineError::Graph { path: dir.join(name), reason: source.to_string() }
}

fn run_error(stage: &'static str, source: &CpuError) -> EngineError {
    EngineError::Run { stage, reason: source.to_string() }
}

#[cfg(test)]
mod tests;
