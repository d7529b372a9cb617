use pounce_model_format::ModelManifest;

use super::*;
use crate::backend::onnx_runtime::graph::OrtGraph;
use crate::backend::onnx_runtime::runtime::Runtime;

/// The embedded model in every kind of our kernels that this processor can run, with a notice of the others.
fn ours() -> Vec<Box<dyn Graph>> {
    InstructionSet::ALL.into_iter().filter_map(written_in).collect()
}

/// The embedded model in one kind of them.
fn written_in(set: InstructionSet) -> Option<Box<dyn Graph>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let manifest = ModelManifest::load(&dir).unwrap();
    let options = LoadOptions { instruction_set: Some(set), ..LoadOptions::default() };
    let graph = NativeGraph::open(&dir, &manifest, &options).unwrap();
    if graph.is_none() {
        eprintln!("this processor has no {set}: the kernels for it were NOT checked");
    }
    graph.map(|graph| Box::new(graph) as Box<dyn Graph>)
}

/// The same in ONNX Runtime; the encoder too, if `only_onnx` says so.
fn onnx(only_onnx: bool) -> Box<dyn Graph> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let manifest = ModelManifest::load(&dir).unwrap();
    let runtime = Runtime::find().unwrap();
    let options = LoadOptions { only_onnx, ..LoadOptions::default() };
    Box::new(OrtGraph::load(&runtime, &dir, &manifest, &options).unwrap())
}

fn prompt(n: u32) -> Vec<TokenId> {
    (0..n).map(|index| 300 + index * 7_919 % 15_000).collect()
}

/// Scores after each of `n` tokens that are fed one by one, the same whatever the model says.
fn scores(graph: &mut dyn Graph, prompt: &[TokenId], n: u32) -> Vec<Vec<f32>> {
    graph.encode(prompt).unwrap();
    let step = |position: u32| {
        let token = if position == 0 { 0 } else { 400 + position * 613 };
        graph.decode(&[token], position as usize, Wanted::Logits).unwrap();
        graph.logits().to_vec()
    };
    (0..n).map(step).collect()
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
fn our_kernels_and_onnx_runtime_mean_the_same() {
    let mut onnx_runtime = onnx(true);
    for mut ours in ours().into_iter().chain([onnx(false)]) {
        for n in [1, 31, 32, 33, 130, 400] {
            let found = scores(&mut *ours, &prompt(n), 20);
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
fn all_our_kernels_give_the_same_to_the_last_bit() {
    for n in [1, 33, 200] {
        // Attention in halves rounds differently.
        let sets = InstructionSet::ALL.into_iter().filter(|set| *set != InstructionSet::Avx512Bf16);
        let graphs = sets.filter_map(written_in);
        let all: Vec<_> = graphs.map(|mut graph| scores(&mut *graph, &prompt(n), 5)).collect();
        assert!(all.iter().all(|scores| *scores == all[0]), "{n} tokens");
    }
}

#[test]
fn tokens_in_one_run_or_several_give_the_same_to_the_last_bit() {
    ours().iter_mut().for_each(|graph| check_runs(&mut **graph));
}

fn check_runs(graph: &mut dyn Graph) {
    assert!(graph.has_exact_wide_runs());
    let one_by_one = scores(graph, &prompt(70), 5);
    let tokens: Vec<TokenId> = (0..5).map(|i| if i == 0 { 0 } else { 400 + i * 613 }).collect();
    graph.decode(&tokens[..2], 0, Wanted::Nothing).unwrap();
    assert!(graph.next_ids().is_empty(), "nothing was wanted");
    graph.decode(&tokens[2..], 2, Wanted::Ranked(3)).unwrap();
    assert_eq!(graph.logits(), one_by_one[4], "the last row");
    let best: Vec<TokenId> = one_by_one[2..].iter().map(|scores| arg_max(scores)).collect();
    assert_eq!(graph.next_ids(), best, "the best after each");
    let [first, second] = best_two(&one_by_one[2]);
    assert_eq!(graph.lead(0), first - second, "and by how much");
    graph.decode(&tokens[2..], 2, Wanted::NextIds(3)).unwrap();
    assert_eq!(graph.next_ids(), best, "the same where nobody asks for scores");
}

#[test]
fn the_chosen_token_is_the_best_of_all_scores() {
    ours().iter_mut().for_each(|graph| check_choice(&mut **graph));
}

fn check_choice(graph: &mut dyn Graph) {
    for n in [5, 90] {
        graph.encode(&prompt(n)).unwrap();
        let mut token = 0;
        for position in 0..200 {
            graph.decode(&[token], position, Wanted::NextIds(1)).unwrap();
            let chosen = graph.next_ids()[0];
            graph.decode(&[token], position, Wanted::Logits).unwrap();
            assert_eq!(chosen, arg_max(graph.logits()), "{n} tokens, position {position}");
            // The model's own words now and then, so that some scores are flat and others steep.
            token = if position % 3 == 0 { 400 + position as u32 * 61 } else { chosen };
        }
    }
}

#[test]
fn what_a_long_prompt_leaves_behind_does_not_reach_the_next() {
    for mut graph in ours() {
        let fresh = scores(&mut *graph, &prompt(40), 3);
        scores(&mut *graph, &prompt(300), 9);
        let again = scores(&mut *graph, &prompt(40), 3);
        assert_eq!(again, fresh, "the same prompt, the same scores");
    }
}

#[test]
fn a_longer_completion_finds_room_up_to_what_the_model_can_write() {
    ours().iter_mut().for_each(|graph| check_room(&mut **graph));
}

fn check_room(graph: &mut dyn Graph) {
    graph.reserve(600).unwrap();
    assert_eq!(graph.capacity(), 600);
    graph.encode(&prompt(9)).unwrap();
    graph.decode(&[0], 599, Wanted::NextIds(1)).unwrap();
    let error = graph.decode(&[0], 600, Wanted::NextIds(1)).unwrap_err().to_string();
    assert!(error.contains("600"), "{error}");
    let error = graph.decode(&[99_999], 0, Wanted::NextIds(1)).unwrap_err().to_string();
    assert!(error.contains("99999"), "{error}");
}

#[test]
fn a_cancelled_prompt_is_not_read_to_its_end() {
    for mut graph in ours().into_iter().chain([onnx(false), onnx(true)]) {
        let cancel = CancelToken::new();
        let guard = graph.stop_on(&cancel).unwrap();
        cancel.cancel();
        assert!(graph.encode(&prompt(200)).is_err(), "the caller learns that it was not read");
        drop(guard);
        let _guard = graph.stop_on(&CancelToken::new()).unwrap();
        graph.encode(&prompt(200)).expect("the next prompt is read");
    }
}
