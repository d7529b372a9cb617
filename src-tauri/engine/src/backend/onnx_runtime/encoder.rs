//! [`Encoder`]: reads the prompt of an encoder-decoder model.
//!
//! The kernels of [`pounce_cpu`] run it if they can, also for a decoder that they cannot run, such
//! as one of 4 bits. Otherwise ONNX Runtime runs the same graph.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::memory::Allocator;
use ort::session::{RunOptions, Session};
use ort::value::{DynValue, Tensor};
use pounce_model_format::{Dimensions, ModelManifest};

use super::error::run_error;
use crate::backend::graph::TokenId;
use crate::backend::load_options::LoadOptions;
use crate::error::EngineError;

/// An encoder, by what runs it.
pub(super) enum Encoder {
    /// ONNX Runtime.
    Onnx(Session),
    /// The kernels of [`pounce_cpu`].
    #[cfg(target_arch = "x86_64")]
    Kernels(Box<KernelEncoder>),
}

impl Encoder {
    /// Opens the encoder in `dir` in the kernels; `None` if ONNX Runtime has to run it.
    ///
    /// # Errors
    /// [`EngineError::Graph`] if its file is damaged.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn open_in_kernels(
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        let dimensions = manifest.dimensions;
        let encoder = crate::backend::cpu::open_encoder(dir, manifest, options)?;
        Ok(encoder.map(|encoder| Self::Kernels(Box::new(KernelEncoder { encoder, dimensions }))))
    }

    /// There are no kernels for this processor.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn open_in_kernels(
        _: &Path,
        _: &ModelManifest,
        _: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        Ok(None)
    }

    /// Reads the prompt. Returns the decoder's inputs `cross_k_i` and `cross_v_i`, each
    /// `[1, n_heads, n_tokens, head_size]`.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails or was cancelled.
    pub(super) fn run(
        &mut self,
        ids: &[TokenId],
        options: &RunOptions,
        is_cancelled: &Arc<AtomicBool>,
    ) -> Result<Vec<(String, DynValue)>, EngineError> {
        match self {
            Self::Onnx(session) => {
                run_session(session, ids, options).map_err(|source| run_error("encode", &source))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Kernels(encoder) => encoder.run(ids, is_cancelled),
        }
    }
}

/// An encoder in the kernels of [`pounce_cpu`].
#[cfg(target_arch = "x86_64")]
pub(super) struct KernelEncoder {
    encoder: pounce_cpu::Encoder,
    dimensions: Dimensions,
}

#[cfg(target_arch = "x86_64")]
impl KernelEncoder {
    fn run(
        &mut self,
        ids: &[TokenId],
        is_cancelled: &AtomicBool,
    ) -> Result<Vec<(String, DynValue)>, EngineError> {
        let mut outputs = self.outputs(ids.len()).map_err(|source| run_error("encode", &source))?;
        let mut floats: Vec<&mut [f32]> =
            outputs.iter_mut().map(|(_, tensor)| tensor.extract_tensor_mut().1).collect();
        self.encoder
            .run(ids, &mut floats, &|| is_cancelled.load(Ordering::Relaxed))
            .map_err(|source| EngineError::Run { stage: "encode", reason: source.to_string() })?;
        Ok(outputs.into_iter().map(|(name, tensor)| (name, tensor.into_dyn())).collect())
    }

    /// Allocates the outputs for a prompt of `n_tokens`.
    fn outputs(&self, n_tokens: usize) -> ort::Result<Vec<(String, Tensor<f32>)>> {
        let Dimensions { n_heads, head_size, n_decoder_layers, .. } = self.dimensions;
        let allocator = Allocator::default();
        let parts = ["k", "v"].into_iter();
        let names =
            parts.flat_map(|part| (0..n_decoder_layers).map(move |i| format!("cross_{part}_{i}")));
        names
            .map(|name| Ok((name, Tensor::new(&allocator, [1, n_heads, n_tokens, head_size])?)))
            .collect()
    }
}

/// Runs the encoder's graph over `ids` and returns its named outputs.
fn run_session(
    session: &mut Session,
    ids: &[TokenId],
    options: &RunOptions,
) -> ort::Result<Vec<(String, DynValue)>> {
    let mut input = Tensor::<i64>::new(&Allocator::default(), [1, ids.len()])?;
    for (slot, id) in input.extract_tensor_mut().1.iter_mut().zip(ids) {
        *slot = i64::from(*id);
    }
    let outputs = session.run_with_options(ort::inputs!["input_ids" => input], options)?;
    Ok(outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
