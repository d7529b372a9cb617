//! [`CpuGraph`]: a model in the kernels of [`pounce_cpu`], if the processor has the instructions and
//! the model the shape. Otherwise [`onnx_runtime`](super::onnx_runtime) runs the same files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pounce_cpu::{CpuError, Decoder, Encoder, InstructionSet};
use pounce_model_format::{Architecture, DECODER_FILE, ENCODER_FILE, ModelManifest};

use super::graph::{CAPACITY_STEP, DecodeOutput, Graph, TokenId, first_capacity};
use super::load_options::LoadOptions;
use super::scores::{arg_max, log_prob};
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// The most tokens of a prompt that are read before the cancel hook is asked again.
const MAX_RUN: usize = 64;

/// A model in the kernels of [`pounce_cpu`].
pub(crate) struct CpuGraph {
    /// `None` for a decoder-only model.
    encoder: Option<Encoder>,
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
        if options.only_onnx {
            return Ok(None);
        }
        // Packing the weights takes most of the time, so each graph has a thread of its own.
        let (decoder, encoder) = std::thread::scope(|scope| {
            let encoder = scope.spawn(|| open_encoder(dir, manifest, options));
            let decoder = open_decoder(dir, manifest, options);
            (decoder, encoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let (Some(decoder), mut encoder) = (decoder?, encoder?) else { return Ok(None) };
        if let Some(encoder) = &mut encoder {
            decoder.share_embedding(encoder);
        }
        let vocab_size = manifest.dimensions.vocab_size;
        let has_its_encoder = encoder.as_ref().map(|encoder| decoder.fits(encoder));
        let fit_together =
            decoder.vocab_size() == vocab_size && has_its_encoder.unwrap_or(!decoder.has_encoder());
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

impl CpuGraph {
    /// Feeds the first of `tokens` in runs of [`MAX_RUN`], as long as more of them follow, and
    /// leaves at least the last `n_outputs`. Returns how many were fed.
    fn read(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        n_outputs: usize,
    ) -> Result<usize, CpuError> {
        let mut n_read = 0;
        while tokens.len() - n_read > MAX_RUN.max(n_outputs) {
            let end = (n_read + MAX_RUN).min(tokens.len() - n_outputs.max(1));
            self.run(&tokens[n_read..end], past + n_read, DecodeOutput::Nothing)?;
            n_read = end;
        }
        Ok(n_read)
    }

    /// Feeds `tokens` in one run.
    fn run(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), CpuError> {
        if self.is_cancelled.load(Ordering::Relaxed) {
            return Err(CpuError::Cancelled);
        }
        let Self { decoder, vocab_size, next_ids, .. } = self;
        let n = output.n_tokens();
        match output {
            DecodeOutput::Nothing | DecodeOutput::NextIds(_) => {
                next_ids.extend(decoder.choose(tokens, past, n)?);
            }
            DecodeOutput::Logits(_) => {
                let scores = decoder.score(tokens, past, n)?;
                next_ids.extend(scores.chunks_exact(*vocab_size).map(arg_max));
            }
        }
        Ok(())
    }
}

impl Graph for CpuGraph {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        let Self { encoder, decoder, is_cancelled, .. } = self;
        let Some(encoder) = encoder else { return Ok(()) };
        let is_cancelled = || is_cancelled.load(Ordering::Relaxed);
        decoder.read(encoder, ids, &is_cancelled).map_err(|source| run_error("encode", &source))
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError> {
        self.output = output;
        self.next_ids.clear();
        let run = self.read(tokens, past, output.n_tokens());
        let run = run.and_then(|n_read| self.run(&tokens[n_read..], past + n_read, output));
        run.map_err(|source| run_error("decode", &source))
    }

    fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    fn log_prob(&self, index: usize, token: TokenId) -> f32 {
        match self.output {
            DecodeOutput::Logits(_) => log_prob(self.logits(index), token),
            _ => self.decoder.log_prob(index, token),
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
            self.decoder.reserve(if self.encoder.is_some() {
                n
            } else {
                n.next_multiple_of(CAPACITY_STEP)
            });
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
fn open_decoder(
    dir: &Path,
    manifest: &ModelManifest,
    options: &LoadOptions,
) -> Result<Option<Decoder>, EngineError> {
    let capacity = first_capacity(manifest);
    Decoder::open(dir, options.n_threads(), capacity, options.instruction_set)
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
    if options.only_onnx || manifest.architecture != Architecture::EncoderDecoder {
        return Ok(None);
    }
    let encoder = Encoder::open(dir, options.n_threads(), options.instruction_set)
        .map_err(|source| graph_error(dir, ENCODER_FILE, &source))?;
    let n_cross = 2 * manifest.dimensions.n_decoder_layers;
    Ok(encoder.filter(|encoder| encoder.n_outputs() == n_cross))
}

fn graph_error(dir: &Path, name: &str, source: &CpuError) -> EngineError {
    EngineError::Graph { path: dir.join(name), reason: source.to_string() }
}

fn run_error(stage: &'static str, source: &CpuError) -> EngineError {
    EngineError::Run { stage, reason: source.to_string() }
}

#[cfg(test)]
mod tests;
