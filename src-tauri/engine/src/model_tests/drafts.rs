//! The embedded model generates the same tokens with drafts and without, in one of this crate's
//! sources.

use std::path::PathBuf;

use super::embedded::embedded;
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::cancel::CancelToken;
use crate::decoding::config::GenerationConfig;
use crate::decoding::recent_completions::RecentCompletions;
use crate::decoding::verification_cost::VerificationCost;
use crate::generation::{Generation, never_stop};
use crate::language::Language;
use crate::model::Model;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;

/// Code that repeats itself as much as ordinary code.
const SOURCE: &str = include_str!("../backend/graph.rs");
/// Two successive lines are completed after every `STEP` lines.
const STEP: usize = 23;

/// Prompts with the cursor in the middle of a line, some with the code after it. The lines come in
/// pairs of neighbours.
fn prompts(mode: Mode) -> Vec<Prompt> {
    let lines: Vec<&str> = SOURCE.lines().collect();
    let place = |cursor: usize| {
        let (start, end) = lines[cursor].split_at(lines[cursor].len() / 2);
        let prefix = format!("{}\n{start}", lines[cursor.saturating_sub(20)..cursor].join("\n"));
        let suffix = format!("{end}\n{}", lines[cursor + 1..].join("\n"));
        let suffix = if cursor.is_multiple_of(2) { suffix } else { String::new() };
        Prompt { segments: Segments { prefix, suffix }, language: Language::Rust, mode }
    };
    let cursors = (STEP..lines.len()).step_by(STEP).flat_map(|line| [line, line + 1]);
    cursors.filter(|line| *line < lines.len()).map(place).collect()
}

fn generate(model: &mut Model, prompt: &Prompt, config: &GenerationConfig) -> Generation {
    model.generate(prompt, config, &CancelToken::new(), &mut never_stop).unwrap()
}

fn drafting(only_onnx: bool) -> Model {
    let mut model = embedded(only_onnx);
    // Everything that can be guessed is guessed.
    model.verification_cost = VerificationCost::ZERO;
    model
}

/// Completes all prompts with and without drafts. Returns the tokens, and the decoder runs with
/// drafts.
fn compare(model: &mut Model, modes: &[Mode], n_draft_tokens: Option<usize>) -> [usize; 2] {
    let (mut n_tokens, mut n_runs) = (0, 0);
    let recent = RecentCompletions::default();
    for prompt in modes.iter().flat_map(|mode| prompts(*mode)) {
        let config = GenerationConfig { max_new_tokens: 40, ..GenerationConfig::default() };
        let plain = GenerationConfig { n_draft_tokens: Some(0), ..config.clone() };
        let drafted = GenerationConfig { n_draft_tokens, recent: Some(recent.clone()), ..config };
        let expected = generate(model, &prompt, &plain);
        let found = generate(model, &prompt, &drafted);
        assert_eq!(expected.n_decoder_runs, expected.n_tokens(), "one run per token");
        assert_eq!(found.token_ids, expected.token_ids, "after {:?}", prompt.segments.prefix);
        n_tokens += found.n_tokens();
        n_runs += found.n_decoder_runs;
    }
    [n_tokens, n_runs]
}

/// Completes all prompts, each with and without what `propose` makes of its completion without.
/// Returns the decoder runs without and with.
fn compare_proposals(
    model: &mut Model,
    mut propose: impl FnMut(&Prompt, &Generation) -> Vec<String>,
) -> [usize; 2] {
    let (mut n_plain, mut n_proposed) = (0, 0);
    for prompt in prompts(Mode::Line) {
        let plain = GenerationConfig { max_new_tokens: 40, ..GenerationConfig::default() };
        let plain = GenerationConfig { n_draft_tokens: Some(0), ..plain };
        let expected = generate(model, &prompt, &plain);
        let proposals = propose(&prompt, &expected);
        let config = GenerationConfig { n_draft_tokens: Some(8), proposals, ..plain };
        // Each completion reads its prompt, as the first one after a copy does.
        model.forget_prompt();
        let found = generate(model, &prompt, &config);
        assert_eq!(found.token_ids, expected.token_ids, "after {:?}", prompt.segments.prefix);
        assert_eq!((found.text, found.finish), (expected.text, expected.finish));
        n_plain += expected.n_decoder_runs;
        n_proposed += found.n_decoder_runs;
    }
    [n_plain, n_proposed]
}

/// Proposals that are right, right in their first half, and wrong.
fn of_all_kinds(_: &Prompt, expected: &Generation) -> Vec<String> {
    let half = &expected.text[..expected.text.floor_char_boundary(expected.text.len() / 2)];
    match expected.text.len() % 3 {
        0 => vec![expected.text.clone()],
        1 => vec![format!("{half}()"), expected.text.clone()],
        _ => vec!["nothing_of_the_kind".to_owned(), String::new()],
    }
}

#[test]
fn proposals_change_the_runs_and_not_the_text() {
    let [n_plain, n_proposed] = compare_proposals(&mut drafting(false), of_all_kinds);
    assert!(n_proposed < n_plain, "{n_proposed} runs instead of {n_plain}");
    compare_proposals(&mut drafting(true), of_all_kinds);
}

#[test]
fn a_larger_model_goes_on_from_the_embedded_models_line() {
    let Some(dir) = std::env::var_os("POUNCE_DECODER_MODEL").map(PathBuf::from) else {
        eprintln!("POUNCE_DECODER_MODEL is not set: a real larger model was NOT asked");
        return;
    };
    let mut small = drafting(false);
    let runtime = Runtime::find().unwrap();
    let mut large = Model::load(&runtime, &dir, &LoadOptions::default()).unwrap();
    large.warm_up().unwrap();
    let config = GenerationConfig::default();
    let propose =
        |prompt: &Prompt, _: &Generation| vec![generate(&mut small, prompt, &config).text];
    let [n_plain, n_proposed] = compare_proposals(&mut large, propose);
    println!("{n_proposed} runs of the larger model instead of {n_plain}");
    assert!(n_proposed < n_plain, "{n_proposed} runs instead of {n_plain}");
}

#[test]
fn kernels_generate_the_same_tokens_with_drafts() {
    let mut model = drafting(false);
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line, Mode::Free], Some(8));
    assert_ne!(n_tokens, n_runs, "something was guessed");
}

#[test]
fn onnx_runtime_generates_the_same_tokens_with_drafts() {
    let mut model = drafting(true);
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line], Some(8));
    assert_ne!(n_tokens, n_runs, "something was guessed");
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line], None);
    assert_eq!(n_tokens, n_runs, "by default nothing is guessed without batch invariance");
}
