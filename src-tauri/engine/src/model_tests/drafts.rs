//! The embedded model writes the same with drafts and without, over this crate's own sources.

use std::path::Path;

use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::cancel::CancelToken;
use crate::decoding::config::GenerationConfig;
use crate::decoding::recent_completions::RecentCompletions;
use crate::decoding::verification_cost::WidthCost;
use crate::generation::{Generation, to_the_end};
use crate::language::Language;
use crate::model::Model;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;

/// Code that repeats itself as code does.
const SOURCE: &str = include_str!("../backend/graph.rs");
/// Lines between two pairs of places that are completed.
const STEP: usize = 23;

/// Places in the source, in the middle of lines, some with the code after them. Every other follows on the one before.
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

fn write(model: &mut Model, prompt: &Prompt, config: &GenerationConfig) -> Generation {
    model.generate(prompt, config, &CancelToken::new(), &mut to_the_end).unwrap()
}

fn embedded(only_onnx: bool) -> Model {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/pounce-50m");
    let options = LoadOptions { only_onnx, ..LoadOptions::default() };
    let mut model = Model::load(&Runtime::find().unwrap(), &dir, &options).unwrap();
    // As if wider runs cost nothing: everything that can be guessed is.
    model.width_cost = WidthCost::NONE;
    model
}

/// Completes all places with and without drafts; the tokens and the runs with.
fn compare(model: &mut Model, modes: &[Mode], n_draft_tokens: Option<usize>) -> [usize; 2] {
    let (mut n_tokens, mut n_runs) = (0, 0);
    let recent = RecentCompletions::default();
    for prompt in modes.iter().flat_map(|mode| prompts(*mode)) {
        let config = GenerationConfig { max_new_tokens: 40, ..GenerationConfig::default() };
        let plain = GenerationConfig { n_draft_tokens: Some(0), ..config.clone() };
        let drafted = GenerationConfig { n_draft_tokens, recent: Some(recent.clone()), ..config };
        let expected = write(model, &prompt, &plain);
        let found = write(model, &prompt, &drafted);
        assert_eq!(expected.n_decoder_runs, expected.n_tokens(), "a run each");
        assert_eq!(found.token_ids, expected.token_ids, "after {:?}", prompt.segments.prefix);
        n_tokens += found.n_tokens();
        n_runs += found.n_decoder_runs;
    }
    [n_tokens, n_runs]
}

#[test]
fn the_embedded_model_writes_the_same_with_drafts() {
    let mut model = embedded(false);
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line, Mode::Free], Some(8));
    assert_ne!(n_tokens, n_runs, "something was guessed");
}

#[test]
fn so_it_does_where_wide_runs_round_differently() {
    let mut model = embedded(true);
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line], Some(8));
    assert_ne!(n_tokens, n_runs, "something was guessed");
    let [n_tokens, n_runs] = compare(&mut model, &[Mode::Line], None);
    assert_eq!(n_tokens, n_runs, "but nobody guesses unless asked to");
}
