//! Our own kernels against ONNX Runtime and the [definition](super::reference), on random models in
//! every format of weights.
#![cfg(target_arch = "x86_64")]

use pounce_model_format::Quantization;

use super::reference::Reference;
use super::{Converted, convert_and_load, folder, gguf_file, scores, tokens};
use crate::backend::cpu::CpuGraph;
use crate::backend::graph::{DecodeOutput, Graph};
use crate::backend::instruction_set::InstructionSet;
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::scores::arg_max;
use crate::cancel::CancelToken;
use crate::decoding::config::GenerationConfig;
use crate::generation::never_stop;
use crate::model::Model;
use crate::model_tests::correlation::correlation;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;
use crate::support::random_llama::{self, Shape};

/// Heads of the size that the kernels take, in groups of four and two.
const QWEN: Shape = Shape { head_size: 64, n_heads: 8, n_kv_heads: 2, d_ff: 512, ..Shape::BLOCKS };
const LLAMA: Shape = Shape { family: "llama", n_heads: 4, tied_head: true, ..QWEN };
/// As in files of the type Q4_K_M, whose values and feed-forward outputs have more bits in some
/// layers, and other blocks.
const K_BLOCKS: Shape = Shape { formats: &["Q4_K", "Q4_K", "Q6_K", "Q5_K", "Q4_K"], ..QWEN };

/// The model in the kernels for `set`; `None` if the processor or the kernels cannot run it.
fn in_kernels(model: &Converted, threads: usize, set: InstructionSet) -> Option<CpuGraph> {
    let options = LoadOptions { threads, instruction_set: Some(set), ..LoadOptions::default() };
    CpuGraph::open(&model.dir(), &model.manifest, &options).unwrap()
}

/// Calls `check` with the model in the kernels of each instruction set that this processor has, and
/// prints which ones it lacks.
fn for_kernels(model: &Converted, mut check: impl FnMut(&mut CpuGraph)) {
    for set in InstructionSet::ALL {
        match in_kernels(model, 2, set) {
            Some(mut graph) => check(&mut graph),
            None if set.is_supported() => panic!("the kernels for {set} take the model"),
            None => eprintln!("this processor has no {set}: the kernels for it were NOT checked"),
        }
    }
}

fn converted(shape: Shape, quantization: Quantization) -> (random_llama::Model, Converted) {
    let model = random_llama::Model::new(shape, 21);
    let converted = convert_and_load(quantization, gguf_file(&model));
    (model, converted)
}

#[test]
fn kernels_give_nearly_the_logits_of_onnx_runtime_and_of_the_definition() {
    let shapes = [
        (QWEN, Quantization::Int8, 0.995),
        (LLAMA, Quantization::Int8, 0.995),
        (Shape { formats: &["Q4_0"], ..QWEN }, Quantization::Int8, 0.995),
        (Shape { formats: &["Q6_K"], n_kv_heads: 8, ..QWEN }, Quantization::Int8, 0.995),
        (Shape { formats: &["Q5_0", "Q8_0"], ..LLAMA }, Quantization::Int8, 0.995),
        (Shape { formats: &["Q4_1"], ..LLAMA }, Quantization::Int8, 0.995),
        (Shape { formats: &["Q5_1"], ..QWEN }, Quantization::Int8, 0.995),
        (K_BLOCKS, Quantization::Int8, 0.995),
        (Shape { tied_head: true, ..K_BLOCKS }, Quantization::Int8, 0.995),
        (Shape { head_size: 128, n_heads: 4, ..QWEN }, Quantization::Int8, 0.995),
        (Shape { head_size: 128, n_heads: 6, ..LLAMA }, Quantization::Int8, 0.995),
        (Shape { formats: &["F16"], ..QWEN }, Quantization::Int4, 0.9),
    ];
    for (shape, quantization, least) in shapes {
        let (model, mut converted) = converted(shape, quantization);
        let tokens = tokens(40);
        let expected = scores(&mut converted.graph, &tokens);
        let exact = Reference::new(&model).scores(&tokens);
        for_kernels(&converted, |graph| {
            for (position, found) in scores(graph, &tokens).iter().enumerate() {
                let with_onnx_runtime = correlation(found, &expected[position]);
                assert!(with_onnx_runtime > 0.999, "{with_onnx_runtime} at {position}");
                let with_definition = correlation(found, &exact[position]);
                assert!(with_definition > least, "{with_definition} at {position}");
            }
        });
    }
}

#[test]
fn kernels_of_all_instruction_sets_and_threads_give_identical_logits() {
    for shape in [QWEN, LLAMA, K_BLOCKS] {
        let (_, converted) = converted(shape, Quantization::Int8);
        let tokens = tokens(70);
        let mut all = Vec::new();
        for_kernels(&converted, |graph| all.push(scores(graph, &tokens)));
        // Five threads share heads of keys and values.
        let sets = InstructionSet::best().into_iter();
        let graphs =
            sets.flat_map(|set| [1, 3, 5].map(|threads| in_kernels(&converted, threads, set)));
        all.extend(graphs.flatten().map(|mut graph| scores(&mut graph, &tokens)));
        assert!(all.iter().all(|scores| *scores == all[0]), "to the last bit");
    }
}

#[test]
fn a_run_of_any_length_gives_the_logits_of_single_runs_to_the_last_bit() {
    for shape in [QWEN, K_BLOCKS] {
        let (_, converted) = converted(shape, Quantization::Int8);
        for_kernels(&converted, check_runs);
    }
}

/// Checks runs of any length against single ones.
fn check_runs(graph: &mut CpuGraph) {
    let tokens = tokens(170);
    let expected = scores(graph, &tokens);
    for cuts in [vec![170], vec![1, 169], vec![30, 45, 165, 170], vec![128, 133]] {
        // What the cache has from before is overwritten.
        graph.decode(&super::tokens(180), 0, DecodeOutput::Nothing).unwrap();
        let mut past = 0;
        for end in cuts {
            let n_outputs = (end - past).min(4);
            let output = DecodeOutput::Logits(n_outputs);
            graph.decode(&tokens[past..end], past, output).unwrap();
            for index in 0..n_outputs {
                let position = end - n_outputs + index;
                assert_eq!(graph.logits(index), expected[position], "at {position} of {end}");
            }
            past = end;
        }
    }
}

#[test]
fn the_chosen_token_is_the_best_of_all_logits() {
    for shape in [QWEN, Shape { formats: &["Q5_0"], ..LLAMA }] {
        let (_, converted) = converted(shape, Quantization::Int8);
        for_kernels(&converted, |graph| {
            for (position, token) in tokens(60).into_iter().enumerate() {
                graph.decode(&[token], position, DecodeOutput::NextIds(1)).unwrap();
                let chosen = graph.next_ids()[0];
                let log_prob = graph.log_prob(0, chosen);
                graph.decode(&[token], position, DecodeOutput::Logits(1)).unwrap();
                assert_eq!(chosen, arg_max(graph.logits(0)), "position {position}");
                let error = (log_prob - graph.log_prob(0, chosen)).abs();
                assert!(error < 0.1, "the log-probability is off by {error}");
            }
        });
    }
}

#[test]
fn other_models_are_left_to_onnx_runtime() {
    let floats = convert_and_load(
        Quantization::None,
        folder(&random_llama::Model::new(Shape { formats: &["F16"], ..QWEN }, 3)),
    );
    let (_, narrow) = converted(Shape { head_size: 32, ..QWEN }, Quantization::Int8);
    for model in [floats, narrow] {
        let best = InstructionSet::best().into_iter();
        let mut opened = best.filter_map(|set| in_kernels(&model, 2, set));
        assert!(opened.next().is_none(), "floats, or heads of another size");
    }
}

#[test]
fn what_a_warm_up_leaves_in_the_cache_is_not_taken_for_a_prompt() {
    let (_, converted) = converted(QWEN, Quantization::Int8);
    let runtime = Runtime::find().unwrap();
    let complete = |is_warm: bool| {
        let mut model = Model::load(&runtime, &converted.dir(), &LoadOptions::default()).unwrap();
        if is_warm {
            model.warm_up().unwrap();
        }
        // The prompt of a warm-up begins like this.
        let prefix = "def add(a, b):\n    # adds two numbers\n    return x".to_owned();
        let segments = Segments { prefix, ..Segments::default() };
        let prompt = Prompt { segments, mode: Mode::Free, ..Prompt::default() };
        let config = GenerationConfig { max_new_tokens: 8, ..GenerationConfig::default() };
        model.generate(&prompt, &config, &CancelToken::new(), &mut never_stop).unwrap().token_ids
    };
    assert_eq!(complete(true), complete(false), "the whole prompt is read");
}
