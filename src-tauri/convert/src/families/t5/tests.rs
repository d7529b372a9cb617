//! The graphs of whole models: they decode, every value has a source, and all shapes fit.

use pounce_model_format::Quantization;
use pounce_model_format::onnx::ModelProto;

use crate::onnx::graph_checks::{check_order, decoded, described, nodes};
use crate::onnx::shape_inference::infer_shapes;
use crate::options::ConvertOptions;
use crate::source::Source;

use crate::support::random_checkpoint::{self, Shape};

const ALL: [Quantization; 3] = [Quantization::None, Quantization::Int8, Quantization::Int4];

struct Graphs {
    encoder: ModelProto,
    decoder: ModelProto,
}

fn build(shape: &Shape, quantization: Quantization) -> Graphs {
    let dir = tempfile::tempdir().unwrap();
    random_checkpoint::write(dir.path(), shape, 3).unwrap();
    let Source { family, checkpoint, .. } = Source::open(dir.path()).unwrap();
    let options = ConvertOptions { quantization, ..ConvertOptions::default() };
    let built = family.build(&checkpoint, dir.path(), &options, &mut ()).unwrap();
    let [(_, encoder), (_, decoder)] = built.graphs.try_into().expect("two graphs");
    Graphs { encoder, decoder }
}

#[test]
fn shapes_fit_together_in_every_architecture() {
    let shapes = [
        Shape::TINY,
        Shape { feed_forward_proj: "gated-gelu", tied_head: false, ..Shape::TINY },
        Shape { feed_forward_proj: "gated-silu", d_kv: 8, ..Shape::TINY },
    ];
    for shape in &shapes {
        for quantization in ALL {
            let graphs = build(shape, quantization);
            for model in [&graphs.encoder, &graphs.decoder] {
                let graph = decoded(model);
                check_order(&graph);
                infer_shapes(&graph);
            }
        }
    }
}

#[test]
fn inputs_and_outputs_are_those_that_the_engine_binds() {
    let graphs = build(&Shape { n_decoder_layers: 1, ..Shape::TINY }, Quantization::Int8);
    let encoder = decoded(&graphs.encoder);
    assert_eq!(described(&encoder.input), ["input_ids [1, prompt_len]"]);
    let cross = ["cross_k_0 [1, 4, prompt_len, 16]", "cross_v_0 [1, 4, prompt_len, 16]"];
    assert_eq!(described(&encoder.output), cross);
    let decoder = decoded(&graphs.decoder);
    let (past, state) = (
        ["past_k_0 [1, 4, capacity, 16]", "past_v_0 [1, 4, capacity, 16]"],
        ["input_ids [1, n_tokens]", "seqlens_k [1]", "total_seq_len []"],
    );
    assert_eq!(described(&decoder.input), [&state[..], &past, &cross].concat());
    let outputs = [
        "next_ids [1, n_tokens]",
        "logits [1, n_tokens, 600]",
        "present_k_0 [1, 4, capacity, 16]",
        "present_v_0 [1, 4, capacity, 16]",
    ];
    assert_eq!(described(&decoder.output), outputs);
}

#[test]
fn a_tied_head_and_the_embedding_are_the_same_bytes() {
    let graphs = build(&Shape::TINY, Quantization::Int8);
    let location = |model: &ModelProto, name: &str| {
        let graph = decoded(model);
        let tensor = graph.initializer.iter().find(|tensor| tensor.name() == name).unwrap();
        tensor.external_data.clone()
    };
    let rows = location(&graphs.encoder, "shared.weight.rows");
    assert_eq!(location(&graphs.decoder, "shared.weight.rows"), rows, "both graphs look up here");
    assert_eq!(location(&graphs.decoder, "shared.weight.blocks"), rows, "the head multiplies it");
}

#[test]
fn every_tensor_in_the_weights_file_is_aligned() {
    let graphs = build(&Shape::TINY, Quantization::Int4);
    for model in [&graphs.encoder, &graphs.decoder] {
        for tensor in decoded(model).initializer {
            for entry in tensor.external_data.iter().filter(|entry| entry.key() == "offset") {
                let offset: u64 = entry.value().parse().unwrap();
                assert_eq!(offset % 64, 0, "{} starts within a cache line", tensor.name());
            }
        }
    }
}

#[test]
fn quantizations_use_their_kernels() {
    let n_linear = |quantization, op| {
        let graphs = build(&Shape::TINY, quantization);
        [&graphs.encoder, &graphs.decoder].map(|model| nodes(&decoded(model), op).len())
    };
    // Encoder: 6 a layer and 2 of each decoder layer's. Decoder: 6 a layer (packed q, k, v) + head.
    assert_eq!(n_linear(Quantization::None, "FusedMatMul"), [16, 13]);
    // Queries, keys and values read what was rounded once, and so do all of the cross-attention's.
    assert_eq!(n_linear(Quantization::Int8, "DynamicQuantizeLinear"), [3, 0]);
    assert_eq!(n_linear(Quantization::Int8, "MatMulIntegerToFloat"), [10, 0]);
    assert_eq!(n_linear(Quantization::Int8, "DynamicQuantizeMatMul"), [6, 0]);
    assert_eq!(n_linear(Quantization::Int8, "MatMulNBits"), [0, 13]);
}
