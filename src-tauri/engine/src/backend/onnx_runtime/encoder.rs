//! [`Encoder`]: what reads the prompt of an encoder-decoder model.
//!
//! Where the processor has the instructions and the model the shape, kernels of our own do ([`pounce_cpu`]), also for a
//! decoder that they do not take, such as one of 4 bits; elsewhere ONNX Runtime runs the same graph.

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

/// The encoder's file.
pub(super) const GRAPH: &str = "encoder.onnx";

/// See the module's documentation.
pub(super) enum Encoder {
    /// ONNX Runtime.
    Graph(Session),
    /// Our own kernels.
    #[cfg(target_arch = "x86_64")]
    Native(Box<NativeEncoder>),
}

impl Encoder {
    /// The encoder in `dir` in our own kernels, if they are wanted and fit.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn open_native(
        dir: &Path,
        manifest: &ModelManifest,
        options: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        let dimensions = manifest.dimensions;
        let encoder = crate::backend::cpu::open_encoder(dir, manifest, options)?;
        Ok(encoder.map(|encoder| Self::Native(Box::new(NativeEncoder { encoder, dimensions }))))
    }

    /// There are none for this processor.
    #[cfg(not(target_arch = "x86_64"))]
    pub(super) fn open_native(
        _: &Path,
        _: &ModelManifest,
        _: &LoadOptions,
    ) -> Result<Option<Self>, EngineError> {
        Ok(None)
    }

    /// Reads the prompt; gives the decoder's inputs `cross_k_i` and `cross_v_i`, each `[1, n_heads, n, head_size]`.
    pub(super) fn run(
        &mut self,
        ids: &[TokenId],
        options: &RunOptions,
        is_cancelled: &Arc<AtomicBool>,
    ) -> Result<Vec<(String, DynValue)>, EngineError> {
        match self {
            Self::Graph(session) => {
                run_graph(session, ids, options).map_err(|source| run_error("encode", &source))
            }
            #[cfg(target_arch = "x86_64")]
            Self::Native(encoder) => encoder.run(ids, is_cancelled),
        }
    }
}

/// Our own kernels, and what tells the shape of their outputs.
#[cfg(target_arch = "x86_64")]
pub(super) struct NativeEncoder {
    encoder: pounce_cpu::Encoder,
    dimensions: Dimensions,
}

#[cfg(target_arch = "x86_64")]
impl NativeEncoder {
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

/// Runs the encoder's graph over `ids`, `[1, n]`, and returns its named outputs.
fn run_graph(
    encoder: &mut Session,
    ids: &[TokenId],
    options: &RunOptions,
) -> ort::Result<Vec<(String, DynValue)>> {
    let mut input = Tensor::<i64>::new(&Allocator::default(), [1, ids.len()])?;
    for (slot, id) in input.extract_tensor_mut().1.iter_mut().zip(ids) {
        *slot = i64::from(*id);
    }
    let outputs = encoder.run_with_options(ort::inputs!["input_ids" => input], options)?;
    Ok(outputs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
