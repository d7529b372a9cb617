//! [`OrtGraph`]: a model's graphs in ONNX Runtime.
//!
//! The encoder's outputs (the keys and values that cross-attention looks at) are handed to the
//! decoder as they are. Nothing of a cache is ever copied.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::session::RunOptions;
use pounce_model_format::{Architecture, ModelManifest};

use super::decoder::Decoder;
use super::encoder::Encoder;
use super::environment::SharedEnvironment;
use super::error::run_error;
use super::runtime::Runtime;
use super::sessions::Sessions;
use crate::backend::device::Placement;
use crate::backend::graph::{COMPLETION_CAPACITY, Graph, TokenId, Wanted};
use crate::backend::load_options::LoadOptions;
use crate::cancel::{CancelGuard, CancelToken};
use crate::error::EngineError;

/// Decoder tokens that the cache has room for at first, where the decoder holds the prompt. More is
/// reserved when a prompt needs it: at 24 to 48 KB a token, room for the longest would weigh as much
/// as a small model's weights.
const PROMPT_CAPACITY: usize = 1024;

/// The graphs of one model.
pub(crate) struct OrtGraph {
    encoder: Option<Encoder>,
    decoder: Decoder,
    /// Shared with the cancel hook of the run in progress.
    options: Arc<RunOptions>,
    /// The same for an encoder that ONNX Runtime does not run.
    is_cancelled: Arc<AtomicBool>,
    placement: Placement,
}

impl OrtGraph {
    /// Opens the graphs in `dir`.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if one is damaged.
    pub(crate) fn load(
        runtime: &Runtime,
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Self, EngineError> {
        // The one needs no runtime, the other nothing of the model.
        let (native, environment) = std::thread::scope(|scope| {
            let native = scope.spawn(|| Encoder::open_native(dir, manifest, options));
            let environment = SharedEnvironment::get(runtime, options);
            (native.join().expect("packing weights does not panic"), environment)
        });
        let environment = environment.map_err(|source| run_error("load", &source))?;
        let (Sessions { encoder, decoder }, placement) =
            Sessions::place(environment, dir, manifest, options, native?)?;
        let capacity = match manifest.architecture {
            Architecture::EncoderDecoder => COMPLETION_CAPACITY,
            Architecture::DecoderOnly => PROMPT_CAPACITY.min(manifest.dimensions.max_seq_len),
        };
        let decoder = Decoder::new(decoder, manifest, capacity, placement.device)?;
        let options = RunOptions::new().map_err(|source| run_error("load", &source))?;
        let is_cancelled = Arc::default();
        Ok(Self { encoder, decoder, options: Arc::new(options), is_cancelled, placement })
    }

    /// What it runs on.
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
        wanted: Wanted,
    ) -> Result<(), EngineError> {
        self.decoder.run(tokens, past, wanted, &self.options)
    }

    fn next_ids(&self) -> &[TokenId] {
        self.decoder.next_ids()
    }

    fn logits(&self) -> &[f32] {
        self.decoder.logits()
    }

    fn lead(&self, index: usize) -> f32 {
        self.decoder.lead(index)
    }

    /// Its operators round runs of several tokens differently.
    fn has_exact_wide_runs(&self) -> bool {
        false
    }

    fn capacity(&self) -> usize {
        self.decoder.capacity()
    }

    fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        self.decoder.reserve(n)
    }

    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError> {
        // A run that was cancelled before leaves its options terminated.
        self.options.unterminate().map_err(|source| run_error("start", &source))?;
        self.is_cancelled.store(false, Ordering::Relaxed);
        let (options, is_cancelled) = (Arc::clone(&self.options), Arc::clone(&self.is_cancelled));
        Ok(cancel.on_cancel(move || {
            is_cancelled.store(true, Ordering::Relaxed);
            // It fails only for a null pointer, which the Arc rules out.
            let _terminated = options.terminate();
        }))
    }
}
