//! [`OrtGraph`]: a model's graphs in ONNX Runtime.
//!
//! The encoder's outputs, which are the keys and values of cross-attention, go to the decoder
//! without a copy, and the decoder's cache is never copied either.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::session::RunOptions;
use pounce_model_format::ModelManifest;

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::environment::SharedEnvironment;
use super::error::run_error;
use super::runtime::Runtime;
use super::sessions::Sessions;
use crate::backend::device::Placement;
use crate::backend::graph::{DecodeOutput, Graph, TokenId, first_capacity};
use crate::backend::load_options::LoadOptions;
use crate::backend::scores::log_prob;
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// A model's graphs in ONNX Runtime.
pub(crate) struct OrtGraph {
    /// `None` for a decoder-only model.
    encoder: Option<Encoder>,
    decoder: Decoder,
    /// Terminated by the cancel hook of the run in progress.
    options: Arc<RunOptions>,
    /// Set by the same hook, and read by an encoder outside ONNX Runtime.
    is_cancelled: Arc<AtomicBool>,
    placement: Placement,
}

impl OrtGraph {
    /// Opens the graphs in `dir`.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if one is damaged, [`EngineError::Run`] if ONNX Runtime cannot be set
    /// up.
    pub(crate) fn load(
        runtime: &Runtime,
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Self, EngineError> {
        // Neither needs the other.
        let (encoder, environment) = std::thread::scope(|scope| {
            let encoder = scope.spawn(|| Encoder::open_in_kernels(dir, manifest, options));
            let environment = SharedEnvironment::get(runtime, options);
            (encoder.join().expect("packing weights does not panic"), environment)
        });
        let environment = environment.map_err(|source| run_error("load", &source))?;
        let (Sessions { encoder, decoder }, placement) =
            Sessions::open(environment, dir, manifest, options, encoder?)?;
        let capacity = first_capacity(manifest);
        let decoder = Decoder::new(decoder, manifest, capacity, placement.device)?;
        let options = RunOptions::new().map_err(|source| run_error("load", &source))?;
        let is_cancelled = Arc::default();
        Ok(Self { encoder, decoder, options: Arc::new(options), is_cancelled, placement })
    }

    /// Where the graphs run.
    pub(crate) fn placement(&self) -> &Placement {
        &self.placement
    }
}

impl Graph for OrtGraph {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        let Some(encoder) = self.encoder.as_mut() else { return Ok(()) };
        self.decoder.set_cross(encoder.run(ids, &self.options, &self.is_cancelled)?);
        Ok(())
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError> {
        self.decoder.run(tokens, past, output, &self.options)
    }

    fn next_ids(&self) -> &[TokenId] {
        self.decoder.next_ids()
    }

    fn log_prob(&self, index: usize, token: TokenId) -> f32 {
        log_prob(self.logits(index), token)
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.decoder.logits(index)
    }

    /// The operators round runs of several tokens differently.
    fn is_batch_invariant(&self) -> bool {
        false
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }

    fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        self.decoder.reserve(n)
    }

    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError> {
        // An earlier cancelled run has left the options terminated.
        self.options.unterminate().map_err(|source| run_error("start", &source))?;
        self.is_cancelled.store(false, Ordering::Relaxed);
        let (options, is_cancelled) = (Arc::clone(&self.options), Arc::clone(&self.is_cancelled));
        Ok(cancel.on_cancel(move || {
            is_cancelled.store(true, Ordering::Relaxed);
            // Fails only for a null pointer, which the Arc rules out.
            let _terminated = options.terminate();
        }))
    }
}
