//! Candidates of the embedded model.

use std::ops::ControlFlow;

use super::embedded::embedded;
use crate::cancel::CancelToken;
use crate::decoding::config::GenerationConfig;
use crate::generation::{FinishReason, Generation, never_stop};
use crate::language::Language;
use crate::model::Model;
use crate::prompt::Prompt;
use crate::prompt::segments::Segments;

fn prompt(prefix: &str, suffix: &str) -> Prompt {
    let segments = Segments { prefix: prefix.to_owned(), suffix: suffix.to_owned() };
    Prompt { segments, language: Language::Python, ..Prompt::default() }
}

/// The greedy completion, and up to `n` others.
fn complete(
    model: &mut Model,
    prompt: &Prompt,
    config: &GenerationConfig,
    n: usize,
) -> Vec<Generation> {
    let cancel = CancelToken::new();
    let first = model.generate(prompt, config, &cancel, &mut never_stop).unwrap();
    let mut found = vec![first.clone()];
    let mut on_candidate = |candidate| {
        found.push(candidate);
        if found.len() > n { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    model.candidates(prompt, config, &first, &cancel, &mut never_stop, &mut on_candidate).unwrap();
    found
}

#[test]
fn candidates_differ_and_end_by_themselves() {
    let (mut model, config) = (embedded(false), GenerationConfig::default());
    let places = [
        ("def area(width, height):\n    return ", ""),
        ("for name in names:\n    pri", ""),
        ("total = sum(", ")\nprint(total)\n"),
    ];
    for (prefix, suffix) in places {
        let found = complete(&mut model, &prompt(prefix, suffix), &config, 3);
        assert_eq!(found.len(), 4, "after {prefix:?}");
        for (index, candidate) in found.iter().enumerate() {
            let same =
                found[..index].iter().find(|earlier| earlier.text.trim() == candidate.text.trim());
            assert!(same.is_none(), "{:?} comes twice", candidate.text);
            assert_eq!(candidate.finish, FinishReason::Stop, "{:?}", candidate.text);
            assert_eq!(candidate.log_probs.len(), candidate.n_tokens(), "each token has one");
        }
    }
}

#[test]
fn a_candidate_does_not_change_the_next_completion() {
    let mut model = embedded(false);
    let (config, prompt) = (GenerationConfig::default(), prompt("import os\npath = os.", ""));
    let found = complete(&mut model, &prompt, &config, 2);
    let again = complete(&mut model, &prompt, &config, 2);
    assert_eq!(again[0].n_read_tokens, 0, "the prompt was read before");
    let texts = |found: &[Generation]| found.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
    assert_eq!(texts(&again), texts(&found));
}

#[test]
fn a_sampled_completion_has_no_candidates() {
    let mut model = embedded(false);
    let config = GenerationConfig { temperature: 0.8, ..GenerationConfig::default() };
    assert_eq!(complete(&mut model, &prompt("x = ", ""), &config, 2).len(), 1);
}

#[test]
fn onnx_runtime_gives_the_probabilities_of_the_kernels() {
    let prompt = prompt("def area(width, height):\n    return ", "");
    let [kernels, onnx] = [false, true].map(|only_onnx| {
        let found = complete(&mut embedded(only_onnx), &prompt, &GenerationConfig::default(), 0);
        found[0].log_prob().expect("both tell")
    });
    // Activations are rounded differently, and the kernels estimate most logits.
    assert!((kernels - onnx).abs() < 0.3, "{kernels} and {onnx}");
}
