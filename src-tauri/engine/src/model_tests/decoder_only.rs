//! Decoder-only models against their definition: small random checkpoints are written, converted
//! and run, and their logits compared with those of a plain [forward pass](reference).

mod kernels;
mod real_model;
mod reference;

use std::path::{Path, PathBuf};

use pounce_convert::{ConvertOptions, convert};
use pounce_model_format::{ModelManifest, Quantization};
use tempfile::TempDir;

use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::graph::OrtGraph;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::cancel::{CancelGuard, CancelToken};
use crate::decoding::config::GenerationConfig;
use crate::decoding::generator::Generator;
use crate::decoding::prefill::PromptReader;
use crate::error::EngineError;

use crate::model_tests::correlation::correlation;
use crate::support::random_llama::{Model, Shape};
use reference::Reference;

/// A converted and loaded model.
struct Converted {
    manifest: ModelManifest,
    graph: OrtGraph,
    dir: TempDir,
}

impl Converted {
    /// The folder of the converted model.
    fn dir(&self) -> PathBuf {
        self.dir.path().join("out")
    }
}

fn convert_and_load(quantization: Quantization, write: impl FnOnce(&Path)) -> Converted {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("model.gguf");
    write(&source);
    let out = dir.path().join("out");
    let options = ConvertOptions { quantization, ..ConvertOptions::default() };
    let manifest = convert(&source, &out, &options, &mut ()).unwrap();
    let runtime = Runtime::find().unwrap();
    let graph = OrtGraph::load(&runtime, &out, &manifest, &LoadOptions::default()).unwrap();
    Converted { manifest, graph, dir }
}

fn folder(model: &Model) -> impl FnOnce(&Path) {
    |path| model.write_folder(path).unwrap()
}

fn gguf_file(model: &Model) -> impl FnOnce(&Path) {
    |path| model.gguf().write(path).unwrap()
}

/// `n` random tokens, none of them special.
fn tokens(n: usize) -> Vec<TokenId> {
    let mut random = fastrand::Rng::with_seed(n as u64);
    (0..n).map(|_| random.u32(10..400)).collect()
}

/// The logits after each of `tokens`, which are fed one by one.
fn scores(graph: &mut dyn Graph, tokens: &[TokenId]) -> Vec<Vec<f32>> {
    let feed = |(past, token): (usize, &TokenId)| {
        graph.decode(&[*token], past, DecodeOutput::Logits(1)).unwrap();
        graph.logits(0).to_vec()
    };
    tokens.iter().enumerate().map(feed).collect()
}

fn max_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[track_caller]
fn check_exact(shape: Shape, write: impl FnOnce(&Model, &Path)) {
    let model = Model::new(shape, 11);
    let mut converted = convert_and_load(Quantization::None, |path| write(&model, path));
    let tokens = tokens(40);
    let expected = Reference::new(&model).scores(&tokens);
    for (position, found) in scores(&mut converted.graph, &tokens).iter().enumerate() {
        let difference = max_difference(found, &expected[position]);
        assert!(difference < 2e-3, "off by {difference} at {position} in {:?}", model.shape);
    }
}

#[test]
fn float_models_give_the_logits_of_the_definition() {
    let as_folder = |model: &Model, path: &Path| folder(model)(path);
    let as_gguf = |model: &Model, path: &Path| gguf_file(model)(path);
    let qwen = Shape { family: "qwen2", tied_head: false, ..Shape::TINY };
    check_exact(Shape::TINY, as_folder);
    check_exact(qwen.clone(), as_folder);
    check_exact(Shape { n_kv_heads: 4, head_size: 32, ..Shape::TINY }, as_folder);
    check_exact(Shape { formats: &["BF16", "F32"], ..Shape::TINY }, as_folder);
    check_exact(Shape::TINY, as_gguf);
    check_exact(qwen, as_gguf);
    check_exact(Shape::BLOCKS, as_gguf);
    check_exact(Shape { family: "llama", ..Shape::BLOCKS }, as_gguf);
}

#[test]
fn scaled_rope_gives_the_logits_of_the_definition() {
    let as_folder = |model: &Model, path: &Path| folder(model)(path);
    for rope_scaling in [
        r#"{"type": "linear", "factor": 4.0}"#,
        r#"{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 32}"#,
    ] {
        check_exact(Shape { rope_scaling, ..Shape::TINY }, as_folder);
    }
}

#[test]
fn quantized_models_give_nearly_the_same_logits() {
    let check = |model: Model, quantization: Quantization, least: f64, write: &dyn Fn(&Path)| {
        let mut converted = convert_and_load(quantization, |path| write(path));
        let tokens = tokens(24);
        let expected = Reference::new(&model).scores(&tokens);
        for (position, found) in scores(&mut converted.graph, &tokens).iter().enumerate() {
            let found = correlation(found, &expected[position]);
            assert!(found > least, "{quantization:?}: {found} at {position} in {:?}", model.shape);
        }
    };
    let wide = Shape { formats: &["F16"], ..Shape::BLOCKS };
    for (shape, quantization, least) in [
        (Shape::BLOCKS, Quantization::Int8, 0.995),
        (Shape { family: "llama", ..Shape::BLOCKS }, Quantization::Int8, 0.995),
        (Shape { formats: &["Q4_0"], ..Shape::BLOCKS }, Quantization::Int8, 0.995),
        (wide.clone(), Quantization::Int8, 0.995),
        (wide, Quantization::Int4, 0.9),
    ] {
        let model = Model::new(shape, 12);
        check(model.clone(), quantization, least, &|path| gguf_file(&model)(path));
    }
}

#[test]
fn a_prompt_in_one_run_or_several_gives_the_same_logits() {
    let model = Model::new(Shape::TINY, 13);
    let mut converted = convert_and_load(Quantization::None, folder(&model));
    let graph = &mut converted.graph;
    let tokens = tokens(60);
    let expected = scores(graph, &tokens).pop().unwrap();
    for n_first in [1, 17, 59] {
        let (first, rest) = tokens.split_at(n_first);
        graph.decode(first, 0, DecodeOutput::Nothing).unwrap();
        assert!(graph.next_ids().is_empty(), "no output was asked for");
        graph.decode(rest, n_first, DecodeOutput::Logits(1)).unwrap();
        let difference = max_difference(graph.logits(0), &expected);
        assert!(difference < 1e-4, "off by {difference} when cut after {n_first}");
    }
    graph.decode(&tokens[..57], 0, DecodeOutput::Nothing).unwrap();
    graph.decode(&tokens[57..], 57, DecodeOutput::NextIds(3)).unwrap();
    let all = graph.next_ids().to_vec();
    for (index, id) in all.iter().enumerate() {
        graph.decode(&tokens[..58 + index], 0, DecodeOutput::NextIds(1)).unwrap();
        assert_eq!(graph.next_ids(), [*id], "the token after {}", 58 + index);
    }
}

/// Counts the tokens that are fed to a graph.
struct Counting<'g> {
    graph: &'g mut OrtGraph,
    n_fed: usize,
}

impl Graph for Counting<'_> {
    fn encode(&mut self, ids: &[TokenId]) -> Result<(), EngineError> {
        self.graph.encode(ids)
    }

    fn decode(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
    ) -> Result<(), EngineError> {
        self.n_fed += tokens.len();
        self.graph.decode(tokens, past, output)
    }

    fn next_ids(&self) -> &[TokenId] {
        self.graph.next_ids()
    }

    fn log_prob(&self, index: usize, token: TokenId) -> f32 {
        self.graph.log_prob(index, token)
    }

    fn logits(&self, index: usize) -> &[f32] {
        self.graph.logits(index)
    }

    fn is_batch_invariant(&self) -> bool {
        self.graph.is_batch_invariant()
    }

    fn capacity(&self) -> usize {
        self.graph.capacity()
    }

    fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        self.graph.reserve(n)
    }

    fn stop_on(&mut self, cancel: &CancelToken) -> Result<CancelGuard, EngineError> {
        self.graph.stop_on(cancel)
    }
}

const N_NEW: usize = 12;

/// The greedy completion of `prompt`, and how many tokens were fed for it.
fn complete(
    graph: &mut OrtGraph,
    reader: &mut PromptReader,
    prompt: &[TokenId],
) -> (Vec<TokenId>, usize) {
    let mut graph = Counting { graph, n_fed: 0 };
    let (last, input) = prompt.split_last().unwrap();
    let config = GenerationConfig { max_new_tokens: N_NEW, ..GenerationConfig::default() };
    let mut generator = Generator::prefill(&mut graph, reader, input, &[*last], &config).unwrap();
    let ids = (0..N_NEW).map(|_| generator.next(None).unwrap().token).collect();
    (ids, graph.n_fed)
}

#[test]
fn after_an_edit_only_the_changed_end_is_read() {
    let model = Model::new(Shape::TINY, 14);
    let mut converted = convert_and_load(Quantization::None, folder(&model));
    let graph = &mut converted.graph;
    let architecture = converted.manifest.architecture;
    let mut reader = PromptReader::new(architecture);
    let mut check = |prompt: &[TokenId], n_different: usize| {
        let (ids, n_fed) = complete(graph, &mut reader, prompt);
        // The last generated token is not fed.
        assert_eq!(n_fed, n_different + N_NEW - 1, "the prompt's beginning is in the cache");
        let (fresh, n_fed) = complete(graph, &mut PromptReader::new(architecture), prompt);
        assert_eq!(n_fed, prompt.len() + N_NEW - 1, "a new reader knows nothing");
        assert_eq!(ids, fresh, "what was kept is what would be computed");
    };
    let mut prompt = tokens(300);
    check(&prompt, 300);
    // The second run of the check left the same tokens in the cache.
    prompt[290..].copy_from_slice(&tokens(10));
    check(&prompt, 10);
    prompt.extend(tokens(5));
    check(&prompt, 5);
    prompt.truncate(200);
    check(&prompt, 1);
    prompt[0] += 1;
    check(&prompt, 200);
}
