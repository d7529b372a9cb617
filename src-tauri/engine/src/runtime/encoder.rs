//! [`Encoder`]: what reads the prompt of an encoder-decoder model.
//!
//! Where the processor has the instructions and the model the shape, kernels of our own do ([`pounce_encoder`]);
//! elsewhere ONNX Runtime runs the same graph.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ort::memory::Allocator;
use ort::session::{RunOptions, Session};
use ort::value::{DynValue, Tensor};
use pounce_manifest::{Architecture, Dimensions, ModelManifest};

use super::one_line;
use super::ort_graph::run_error;
use crate::error::EngineError;
use crate::graph::TokenId;
use crate::load_options::LoadOptions;

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
        if options.onnx_encoder || manifest.architecture == Architecture::DecoderOnly {
            return Ok(None);
        }
        let opened = pounce_encoder::Encoder::open(dir, options.n_threads());
        let opened = opened.map_err(|source| EngineError::Graph {
            path: dir.join(GRAPH),
            reason: one_line(&source.to_string()),
        })?;
        let encoder =
            opened.filter(|encoder| encoder.n_outputs() == 2 * dimensions.n_decoder_layers);
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
    encoder: pounce_encoder::Encoder,
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

#[cfg(test)]
mod tests {
    use pounce_manifest::ModelManifest;

    use super::super::{OrtGraph, Runtime};
    use super::*;
    use crate::cancel::CancelToken;
    use crate::graph::{Graph, Wanted};

    /// The embedded model.
    fn load(onnx_encoder: bool) -> OrtGraph {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
        let manifest = ModelManifest::load(&dir).unwrap();
        let options = LoadOptions { onnx_encoder, ..LoadOptions::default() };
        OrtGraph::load(&Runtime::find().unwrap(), &dir, &manifest, &options).unwrap()
    }

    fn prompt(n: u32) -> Vec<TokenId> {
        (0..n).map(|index| 300 + index * 7_919 % 15_000).collect()
    }

    /// Scores of the first token after `prompt`.
    fn scores(graph: &mut OrtGraph, prompt: &[TokenId]) -> Vec<f32> {
        graph.encode(prompt).unwrap();
        graph.decode(&[0], 0, Wanted::Logits).unwrap();
        graph.logits().to_vec()
    }

    fn correlation(a: &[f32], b: &[f32]) -> f64 {
        let mean = |x: &[f32]| x.iter().map(|x| f64::from(*x)).sum::<f64>() / x.len() as f64;
        let (mean_a, mean_b) = (mean(a), mean(b));
        let moment = |x: &[f32], mean_x: f64, y: &[f32], mean_y: f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| (f64::from(*x) - mean_x) * (f64::from(*y) - mean_y)).sum()
        };
        let of_both = moment(a, mean_a, b, mean_b);
        of_both / (moment(a, mean_a, a, mean_a) * moment(b, mean_b, b, mean_b)).sqrt()
    }

    #[test]
    fn both_encoders_mean_the_same() {
        let (mut ours, mut onnx) = (load(false), load(true));
        for n in [1, 31, 32, 33, 130, 400] {
            let found = correlation(&scores(&mut ours, &prompt(n)), &scores(&mut onnx, &prompt(n)));
            // They round activations in rows and as a whole.
            assert!(found > 0.99, "{n} tokens: the scores correlate by {found}");
        }
    }

    #[test]
    fn what_a_long_prompt_leaves_behind_does_not_reach_the_next() {
        let mut graph = load(false);
        let fresh = scores(&mut graph, &prompt(40));
        scores(&mut graph, &prompt(300));
        assert_eq!(scores(&mut graph, &prompt(40)), fresh, "the same prompt, the same scores");
    }

    #[test]
    fn a_cancelled_prompt_is_not_read_to_its_end() {
        for onnx_encoder in [false, true] {
            let (mut graph, cancel) = (load(onnx_encoder), CancelToken::new());
            let guard = graph.stop_on(&cancel).unwrap();
            cancel.cancel();
            assert!(graph.encode(&prompt(200)).is_err(), "the caller learns that it was not read");
            drop(guard);
            let _guard = graph.stop_on(&CancelToken::new()).unwrap();
            graph.encode(&prompt(200)).expect("the next prompt is read");
        }
    }
}
