use pounce_model_format::ModelManifest;

use super::*;
use crate::backend::onnx_runtime::graph::OrtGraph;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::model_tests::correlation::correlation;

/// The embedded model in every kind of kernel that this processor can run. Prints the others.
fn kernel_graphs() -> Vec<Box<dyn Graph>> {
    InstructionSet::ALL.into_iter().filter_map(kernel_graph).collect()
}

/// The embedded model in the kernels for `set`; `None` if the processor cannot run them.
fn kernel_graph(set: InstructionSet) -> Option<Box<dyn Graph>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let manifest = ModelManifest::load(&dir).unwrap();
    let options = LoadOptions { instruction_set: Some(set), ..LoadOptions::default() };
    let graph = CpuGraph::open(&dir, &manifest, &options).unwrap();
    if graph.is_none() {
        eprintln!("this processor has no {set}: the kernels for it were NOT checked");
    }
    graph.map(|graph| Box::new(graph) as Box<dyn Graph>)
}

/// The embedded model in ONNX Runtime; with `only_onnx`, its encoder too.
fn onnx_graph(only_onnx: bool) -> Box<dyn Graph> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let manifest = ModelManifest::load(&dir).unwrap();
    let runtime = Runtime::find().unwrap();
    let options = LoadOptions { only_onnx, ..LoadOptions::default() };
    Box::new(OrtGraph::load(&runtime, &dir, &manifest, &options).unwrap())
}

fn prompt(n: u32) -> Vec<TokenId> {
    (0..n).map(|index| 300 + index * 7_919 % 15_000).collect()
}

/// The logits after each of `n` fixed tokens that are fed one by one after `prompt`.
fn scores(graph: &mut dyn Graph, prompt: &[TokenId], n: u32) -> Vec<Vec<f32>> {
    graph.encode(prompt).unwrap();
    let step = |position: u32| {
        let token = if position == 0 { 0 } else { 400 + position * 613 };
        graph.decode(&[token], position as usize, DecodeOutput::Logits(1)).unwrap();
        graph.logits(0).to_vec()
    };
    (0..n).map(step).collect()
}

#[test]
fn kernels_and_onnx_runtime_give_correlated_scores() {
    let mut onnx_runtime = onnx_graph(true);
    for mut graph in kernel_graphs().into_iter().chain([onnx_graph(false)]) {
        for n in [1, 31, 32, 33, 130, 400] {
            let found = scores(&mut *graph, &prompt(n), 20);
            let expected = scores(&mut *onnx_runtime, &prompt(n), 20);
            for (position, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let found = correlation(found, expected);
                // Activations are rounded differently.
                assert!(found > 0.99, "{n} tokens, position {position}: {found}");
            }
        }
    }
}

#[test]
fn kernels_of_all_instruction_sets_give_identical_scores() {
    for n in [1, 33, 200] {
        // Attention in bf16 rounds differently.
        let sets = InstructionSet::ALL.into_iter().filter(|set| *set != InstructionSet::Avx512Bf16);
        let graphs = sets.filter_map(kernel_graph);
        let all: Vec<_> = graphs.map(|mut graph| scores(&mut *graph, &prompt(n), 5)).collect();
        assert!(all.iter().all(|scores| *scores == all[0]), "{n} tokens");
    }
}

#[test]
fn one_run_of_several_tokens_gives_the_scores_of_single_runs_to_the_last_bit() {
    kernel_graphs().iter_mut().for_each(|graph| check_batch_invariance(&mut **graph));
}

fn check_batch_invariance(graph: &mut dyn Graph) {
    assert!(graph.is_batch_invariant());
    let one_by_one = scores(graph, &prompt(70), 5);
    let tokens: Vec<TokenId> = (0..5).map(|i| if i == 0 { 0 } else { 400 + i * 613 }).collect();
    graph.decode(&tokens[..2], 0, DecodeOutput::Nothing).unwrap();
    assert!(graph.next_ids().is_empty(), "no output was asked for");
    graph.decode(&tokens[2..], 2, DecodeOutput::Logits(3)).unwrap();
    assert_eq!(graph.logits(2), one_by_one[4], "the last row");
    let best: Vec<TokenId> = one_by_one[2..].iter().map(|scores| arg_max(scores)).collect();
    assert_eq!(graph.next_ids(), best, "the best after each");
    assert_eq!(graph.logits(0), one_by_one[2], "and the first");
    graph.decode(&tokens[2..], 2, DecodeOutput::NextIds(3)).unwrap();
    assert_eq!(graph.next_ids(), best, "the same without scores");
}

#[test]
fn the_chosen_token_is_the_best_of_all_scores() {
    kernel_graphs().iter_mut().for_each(|graph| check_choice(&mut **graph));
}

fn check_choice(graph: &mut dyn Graph) {
    for n in [5, 90] {
        graph.encode(&prompt(n)).unwrap();
        let mut token = 0;
        for position in 0..200 {
            graph.decode(&[token], position, DecodeOutput::NextIds(1)).unwrap();
            let chosen = graph.next_ids()[0];
            let tokens = [chosen, 0, 7 + position as u32 * 61];
            let log_probs = tokens.map(|token| graph.log_prob(0, token));
            graph.decode(&[token], position, DecodeOutput::Logits(1)).unwrap();
            for (token, log_prob) in tokens.into_iter().zip(log_probs) {
                let error = (log_prob - graph.log_prob(0, token)).abs();
                assert!(error < 0.05, "the log-probability of {token} is off by {error}");
            }
            assert_eq!(chosen, arg_max(graph.logits(0)), "{n} tokens, position {position}");
            // Mixes the model's own tokens with foreign ones, for both steep and flat scores.
            token = if position % 3 == 0 { 400 + position as u32 * 61 } else { chosen };
        }
    }
}

#[test]
fn a_long_prompt_does_not_affect_the_next_one() {
    for mut graph in kernel_graphs() {
        let fresh = scores(&mut *graph, &prompt(40), 3);
        scores(&mut *graph, &prompt(300), 9);
        let again = scores(&mut *graph, &prompt(40), 3);
        assert_eq!(again, fresh, "the same prompt, the same scores");
    }
}

#[test]
fn the_cache_can_be_enlarged_and_rejects_positions_beyond_it() {
    kernel_graphs().iter_mut().for_each(|graph| check_capacity(&mut **graph));
}

fn check_capacity(graph: &mut dyn Graph) {
    graph.reserve(600).unwrap();
    assert_eq!(graph.capacity(), 600);
    graph.encode(&prompt(9)).unwrap();
    graph.decode(&[0], 599, DecodeOutput::NextIds(1)).unwrap();
    let error = graph.decode(&[0], 600, DecodeOutput::NextIds(1)).unwrap_err().to_string();
    assert!(error.contains("600"), "{error}");
    let error = graph.decode(&[99_999], 0, DecodeOutput::NextIds(1)).unwrap_err().to_string();
    assert!(error.contains("99999"), "{error}");
}

#[test]
fn cancelling_stops_an_encoder_run() {
    for mut graph in kernel_graphs().into_iter().chain([onnx_graph(false), onnx_graph(true)]) {
        let cancel = CancelToken::new();
        let guard = graph.stop_on(&cancel).unwrap();
        cancel.cancel();
        assert!(graph.encode(&prompt(200)).is_err(), "the prompt was not read to its end");
        drop(guard);
        let _guard = graph.stop_on(&CancelToken::new()).unwrap();
        graph.encode(&prompt(200)).expect("the next prompt is read");
    }
}
