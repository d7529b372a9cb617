//! The graph of whole models: it decodes, and all shapes fit. Rotations and prompt templates.

use std::path::Path;

use pounce_model_format::onnx::{GgmlOperator, GraphProto, NodeProto};
use pounce_model_format::weight_format::WeightFormat;
use pounce_model_format::{PromptTemplate, Quantization};

use super::prompt;
use super::rotation::{Llama3Scaling, Pairs, Rotation, Scaling};
use crate::onnx::graph_checks::{check_order, decoded, described, nodes};
use crate::onnx::shape_inference::infer_shapes;
use crate::options::ConvertOptions;
use crate::source::Source;
use crate::tokenizer::TokenizerFile;

use crate::support::random_llama::{Model, Shape};

const ALL: [Quantization; 3] = [Quantization::None, Quantization::Int8, Quantization::Int4];

fn build(source: &Path, dir: &Path, quantization: Quantization) -> GraphProto {
    let Source { family, checkpoint, .. } = Source::open(source).unwrap();
    let options = ConvertOptions { quantization, ..ConvertOptions::default() };
    let built = family.build(&checkpoint, dir, &options, &mut ()).unwrap();
    let [(_, model)] = built.graphs.try_into().expect("a decoder-only family");
    decoded(&model)
}

fn gguf_graph(shape: Shape, quantization: Quantization) -> GraphProto {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.gguf");
    Model::new(shape, 3).gguf().write(&file).unwrap();
    build(&file, dir.path(), quantization)
}

#[test]
fn shapes_fit_together_in_every_architecture() {
    let shapes = [
        Shape::TINY,
        Shape::BLOCKS,
        Shape { family: "llama", n_kv_heads: 8, ..Shape::BLOCKS },
        Shape { family: "qwen2", tied_head: false, head_size: 32, ..Shape::TINY },
    ];
    for shape in shapes {
        for quantization in ALL {
            let graph = gguf_graph(shape.clone(), quantization);
            check_order(&graph);
            infer_shapes(&graph);
        }
    }
}

#[test]
fn inputs_and_outputs_are_those_that_the_engine_binds() {
    let graph = gguf_graph(Shape { n_layers: 1, ..Shape::TINY }, Quantization::Int8);
    let inputs = [
        "input_ids [1, n_tokens]",
        "seqlens_k [1]",
        "total_seq_len []",
        "first_output [1]",
        "past_k_0 [1, 2, capacity, 16]",
        "past_v_0 [1, 2, capacity, 16]",
    ];
    assert_eq!(described(&graph.input), inputs);
    let outputs = [
        "next_ids [1, n_outputs]",
        "logits [1, n_outputs, 600]",
        "present_k_0 [1, 2, capacity, 16]",
        "present_v_0 [1, 2, capacity, 16]",
    ];
    assert_eq!(described(&graph.output), outputs);
}

/// The formats of the matrices that are copied, and bits and block size of the others.
fn stored(shape: Shape, quantization: Quantization) -> (Vec<WeightFormat>, Vec<[i64; 2]>) {
    let graph = gguf_graph(shape, quantization);
    let attribute = |node: &NodeProto, name: &str| {
        node.attribute.iter().find(|it| it.name() == name).unwrap().i()
    };
    let matrices = nodes(&graph, "MatMulNBits").into_iter();
    let mut blocks: Vec<_> =
        matrices.map(|node| [attribute(node, "bits"), attribute(node, "block_size")]).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let copied = graph.node.iter().filter_map(GgmlOperator::read).flat_map(|it| it.parts);
    let mut formats: Vec<_> = copied.map(|(_, format)| format).collect();
    formats.sort_unstable_by_key(|format| format.code());
    formats.dedup();
    (formats, blocks)
}

#[test]
fn blocks_of_the_checkpoint_are_copied() {
    use WeightFormat::{Q4_0, Q4_1, Q4_K, Q5_0, Q5_K, Q6_K, Q8_0};
    let check = |formats: &'static [&'static str],
                 quantization,
                 copied: &[WeightFormat],
                 quantized: &[[i64; 2]]| {
        let found = stored(Shape { formats, ..Shape::BLOCKS }, quantization);
        assert_eq!(found, (copied.into(), quantized.into()), "{formats:?} as {quantization:?}");
    };
    check(&["Q4_0"], Quantization::Int8, &[Q4_0], &[]);
    check(&["Q8_0", "Q5_0", "Q4_1"], Quantization::Int8, &[Q4_1, Q5_0, Q8_0], &[]);
    check(&["Q6_K", "Q4_K", "Q5_K"], Quantization::Int8, &[Q4_K, Q5_K, Q6_K], &[]);
    check(&["F16"], Quantization::Int8, &[], &[[8, 32]]);
    // The vocabulary stays at what it is, and layers in more bits are rounded.
    check(&["Q6_K"], Quantization::Int4, &[Q6_K], &[[4, 32]]);
    check(&["Q4_K"], Quantization::Int4, &[Q4_K], &[]);
    check(&["Q4_K"], Quantization::None, &[], &[]);
}

#[test]
fn rotations_are_those_that_the_models_were_trained_with() {
    let rotation = |scaling| Rotation { base: 10_000.0, scaling, pairs: Pairs::Halves };
    let angle = |rotation: &Rotation, factors: Option<&[f32]>| {
        // The last of four pairs is rotated by 10,000^(-6/8) = 0.001 a token.
        let tables = rotation.tables(8, 3, factors);
        tables.sin[2 * 4 + 3].atan2(tables.cos[2 * 4 + 3])
    };
    let close = |found: f32, expected: f32| {
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} should be {expected}");
    };
    close(angle(&rotation(Scaling::Unscaled), None), 2e-3);
    close(angle(&rotation(Scaling::Linear(4.0)), None), 0.5e-3);
    close(angle(&rotation(Scaling::Unscaled), Some(&[1.0, 1.0, 1.0, 8.0])), 0.25e-3);
    let llama3 = |original_max_position_embeddings| {
        let scaling = Llama3Scaling {
            factor: 8.0,
            low_freq_factor: 1.0,
            high_freq_factor: 4.0,
            original_max_position_embeddings,
        };
        angle(&rotation(Scaling::Llama3(scaling)), None)
    };
    // The wave length is 2,000 pi: beyond 100 tokens, within a quarter of 100,000.
    close(llama3(100.0), 0.25e-3);
    close(llama3(100_000.0), 2e-3);
}

#[test]
fn templates_follow_the_vocabulary() {
    let check = |tokens: &[&str], expected: Option<&str>| {
        let entries: Vec<String> =
            tokens.iter().enumerate().map(|(id, token)| format!("{token:?}: {id}")).collect();
        let json = format!(r#"{{"model": {{"vocab": {{{}}}}}}}"#, entries.join(", "));
        let file = TokenizerFile::new(json.into_bytes(), Path::new("tokenizer.json")).unwrap();
        let vocabulary = file.vocabulary;
        let middle = match prompt::template(&vocabulary) {
            PromptTemplate::FillInTheMiddle(tokens) => Some(tokens.middle),
            _ => None,
        };
        assert_eq!(middle.as_deref(), expected, "with {tokens:?}");
    };
    check(&["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"], Some("<|fim_middle|>"));
    check(&["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "x"], Some("<fim_middle>"));
    check(&["▁<PRE>", "▁<SUF>", "▁<MID>"], Some("▁<MID>"));
    check(&["<fim_prefix>", "<fim_suffix>"], None);
    check(&["x"], None);
}
