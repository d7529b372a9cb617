//! Our own kernels against ONNX Runtime on a real model, which the repository does not have.
//!
//! `POUNCE_DECODER_MODEL` names the folder of a converted decoder-only model.
#![cfg(target_arch = "x86_64")]

use std::path::PathBuf;

use pounce_model_format::{ModelManifest, TOKENIZER_FILE};

use crate::backend::cpu::CpuGraph;
use crate::backend::graph::{DecodeOutput, Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::graph::OrtGraph;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::scores::{arg_max, log_prob, top2_margin};
use crate::model_tests::correlation::correlation;
use crate::prompt::tokenizer::Tokenizer;

/// The prompts are pieces of this text, which no model was trained on.
const TEXT: &str = include_str!("kernels.rs");
/// Tokens of a prompt.
const PROMPT: usize = 60;
/// Tokens that are written after the first prompt.
const N_GREEDY: usize = 512;
/// A best token that is ahead by no more than this is a tie: both round activations to 8 bits.
const TIE: f32 = 0.5;

#[test]
fn a_real_model_gives_the_logits_of_onnx_runtime() {
    let Some(dir) = std::env::var_os("POUNCE_DECODER_MODEL").map(PathBuf::from) else {
        eprintln!("POUNCE_DECODER_MODEL is not set: a real model was NOT checked");
        return;
    };
    let manifest = ModelManifest::load(&dir).unwrap();
    let tokens = Tokenizer::load(&dir.join(TOKENIZER_FILE)).unwrap().encode(TEXT);
    let options = LoadOptions::default();
    let mut kernels = CpuGraph::open(&dir, &manifest, &options).unwrap().unwrap();
    let mut onnx = OrtGraph::load(&Runtime::find().unwrap(), &dir, &manifest, &options).unwrap();
    let (mut n_best, mut n_ties, mut least, mut log_prob_error) = (0, 0, 1.0_f64, 0.0_f32);
    for prompt in tokens.chunks_exact(PROMPT) {
        for graph in [&mut kernels as &mut dyn Graph, &mut onnx] {
            graph.decode(prompt, 0, DecodeOutput::Logits(1)).unwrap();
        }
        let (found, expected) = (kernels.logits(0).to_vec(), onnx.logits(0));
        least = least.min(correlation(&found, expected));
        n_best += usize::from(arg_max(&found) == arg_max(expected));
        n_ties += usize::from(top2_margin(expected) < TIE);
        kernels.decode(prompt, 0, DecodeOutput::NextIds(1)).unwrap();
        assert_eq!(kernels.next_ids(), [arg_max(&found)], "the estimates find the best token");
        let best = kernels.next_ids()[0];
        let exact = log_prob(&found, best);
        log_prob_error = log_prob_error.max((kernels.log_prob(0, best) - exact).abs());
    }
    let n = tokens.len() / PROMPT;
    println!("{n} prompts: {n_best} with the same best token, {n_ties} nearly tied");
    println!("correlation at least {least:.5}, log-probability off by {log_prob_error:.4} at most");
    assert!(n_best + n_ties >= n, "the best token is the same but for ties");
    assert!(least > 0.99, "{least}");
    assert!(log_prob_error < 0.1, "{log_prob_error}");
    let [found, expected] =
        [&mut kernels as &mut dyn Graph, &mut onnx].map(|graph| greedy(graph, &tokens[..PROMPT]));
    let n_same = found.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    println!("{n_same} of {N_GREEDY} greedy tokens before the first difference");
    let chosen = alternating(&mut kernels, &tokens[..PROMPT], &expected);
    println!("{chosen} of {N_GREEDY} are chosen after what ONNX Runtime wrote");
}

/// The best tokens after a prompt, one by one.
fn greedy(graph: &mut dyn Graph, prompt: &[TokenId]) -> Vec<TokenId> {
    graph.reserve(PROMPT + N_GREEDY).unwrap();
    graph.decode(prompt, 0, DecodeOutput::NextIds(1)).unwrap();
    let mut written = vec![graph.next_ids()[0]];
    while written.len() < N_GREEDY {
        let past = PROMPT + written.len() - 1;
        graph.decode(&written[written.len() - 1..], past, DecodeOutput::NextIds(1)).unwrap();
        written.push(graph.next_ids()[0]);
    }
    written
}

/// How many of `written` the graph chooses after the prompt and the tokens before.
fn alternating(graph: &mut dyn Graph, prompt: &[TokenId], written: &[TokenId]) -> usize {
    graph.decode(prompt, 0, DecodeOutput::NextIds(1)).unwrap();
    let mut n_same = usize::from(graph.next_ids()[0] == written[0]);
    for (index, pair) in written.windows(2).enumerate() {
        graph.decode(&pair[..1], PROMPT + index, DecodeOutput::NextIds(1)).unwrap();
        n_same += usize::from(graph.next_ids()[0] == pair[1]);
    }
    n_same
}
