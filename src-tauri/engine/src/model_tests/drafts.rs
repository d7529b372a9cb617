//! The embedded model generates the same tokens with drafts and without, in one of this crate's
//! sources.

use super::embedded::embedded;
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
