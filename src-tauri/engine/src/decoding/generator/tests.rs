use super::*;
use std::sync::Arc;

use crate::backend::fake_graph::{Call, FakeGraph};
use crate::decoding::project::continuations::LineEnd;
use crate::decoding::project::indexed_tokens::IndexedTokens;
use crate::decoding::verification_cost::VerificationCost;
use pounce_model_format::Architecture;

fn generate(
    graph: &mut FakeGraph,
    config: &GenerationConfig,
    input: &[TokenId],
    n: usize,
) -> Vec<TokenId> {
    let mut reader = PromptReader::new(Architecture::EncoderDecoder);
    let drafter = |limit| Drafter::new(input, &[], limit, VerificationCost::ZERO);
    let drafter = config.n_draft_tokens.map(drafter);
    let generator = Generator::prefill(graph, &mut reader, input, &[0], config).unwrap();
    let mut generator = generator.with_drafts(drafter);
    (0..n).map(|_| generator.next(None).unwrap().token).collect()
}

#[test]
fn greedy_decoding_feeds_one_token_per_run() {
    let mut graph = FakeGraph::counting();
    assert_eq!(generate(&mut graph, &GenerationConfig::default(), &[50], 3), [1, 2, 3]);
    let calls = [
        Call::Encode(vec![50]),
        Call::Decode(vec![0], 0),
        Call::Decode(vec![1], 1),
        Call::Decode(vec![2], 2),
    ];
    assert_eq!(graph.calls, calls, "the cache holds what came before");
}

#[test]
fn a_decoder_only_model_continues_its_prompt() {
    let mut graph = FakeGraph::counting();
    let mut reader = PromptReader::new(Architecture::DecoderOnly);
    let config = GenerationConfig::default();
    let mut generator =
        Generator::prefill(&mut graph, &mut reader, &[5, 6], &[7], &config).unwrap();
    assert_eq!(generator.next(None).unwrap().token, 8);
    assert_eq!(generator.next(None).unwrap().token, 9);
    let calls = [Call::Decode(vec![5, 6, 7], 0), Call::Decode(vec![8], 3)];
    assert_eq!(graph.calls, calls, "reading the prompt gives the first token");
}

#[test]
fn drafts_change_the_number_of_runs_and_nothing_else() {
    let plain = generate(&mut FakeGraph::new(cycle), &drafts_of(0), &[50], 24);
    let check = |input: &[TokenId], n_draft_tokens: usize| {
        let n_runs = [false, true].map(|is_exact| {
            let mut graph = FakeGraph::new(cycle);
            graph.is_batch_invariant = is_exact;
            let found = generate(&mut graph, &drafts_of(n_draft_tokens), input, 24);
            assert_eq!(found, plain, "drafts of {n_draft_tokens} after {input:?}");
            graph.calls.len() - 1
        });
        assert_eq!(n_runs[0], n_runs[1], "there are no near ties: nothing is replayed");
        n_runs[0]
    };
    assert_eq!(check(&[9, 9], 0), 24, "without drafts every token is a run");
    assert!(
        check(&[1, 2, 3, 4, 5, 6, 7, 0], 4) < 12,
        "a known sequence is accepted four at a time"
    );
    assert!(check(&[1, 2, 9, 9, 9, 9, 3, 4, 9, 9], 4) <= 24, "wrong guesses cost no extra run");
}

#[test]
fn drafts_do_not_go_beyond_the_token_limit() {
    let mut graph = FakeGraph::new(cycle);
    let config = GenerationConfig { max_new_tokens: 6, ..drafts_of(8) };
    generate(&mut graph, &config, &[0, 1, 2, 3, 4, 5, 6, 7, 0], 6);
    let sizes: Vec<usize> = graph.calls[1..].iter().map(Call::n_tokens).collect();
    assert_eq!(sizes, [6], "the run gives one more than were guessed");
}

#[test]
fn near_ties_are_replayed_in_single_runs() {
    for unsure in 0..24 {
        let mut graph = FakeGraph::new(cycle);
        graph.batched_error_at = Some(unsure);
        assert_eq!(
            generate(&mut graph, &drafts_of(4), &[1, 2, 3, 4, 5, 6, 7, 0], 24),
            generate(&mut FakeGraph::new(cycle), &GenerationConfig::default(), &[50], 24),
            "a batched run errs at {unsure}, and drafts must not change the tokens"
        );
    }
}

fn drafts_of(n: usize) -> GenerationConfig {
    GenerationConfig { n_draft_tokens: Some(n), ..GenerationConfig::default() }
}

/// 0, 1, …, 7, 0, … whatever the position.
fn cycle(token: TokenId, _: usize) -> TokenId {
    (token + 1) % 8
}

#[test]
fn only_allowed_tokens_are_chosen() {
    let mut graph = FakeGraph::counting();
    let mut reader = PromptReader::new(Architecture::EncoderDecoder);
    let config = GenerationConfig::default();
    let mut generator = Generator::prefill(&mut graph, &mut reader, &[50], &[10], &config).unwrap();
    assert_eq!(
        generator.next(Some(&|id| id % 5 == 0)).unwrap().token,
        10,
        "10 is the nearest to 11"
    );
    assert_eq!(generator.next(None).unwrap().token, 11, "the forced token was fed");
    assert_eq!(
        generator.next(Some(&|_| false)).unwrap().token,
        12,
        "with nothing allowed the best is taken"
    );
}

#[test]
fn sampling_is_reproducible_and_respects_what_is_allowed() {
    let config = GenerationConfig { temperature: 2.0, seed: 3, ..GenerationConfig::default() };
    let run = || generate(&mut FakeGraph::counting(), &config, &[50], 20);
    assert_eq!(run(), run(), "the same seed draws the same tokens");
    let mut graph = FakeGraph::counting();
    let mut reader = PromptReader::new(Architecture::EncoderDecoder);
    let mut generator = Generator::prefill(&mut graph, &mut reader, &[50], &[60], &config).unwrap();
    assert!(
        (0..20).all(|_| generator.next(Some(&|id| id % 2 == 0)).unwrap().token.is_multiple_of(2))
    );
}

#[test]
fn a_proposal_is_verified_with_the_end_of_the_prompt() {
    let check = |proposal: &[TokenId], allows_first: bool, calls: &[Call], accepted: usize| {
        let mut graph = FakeGraph::counting();
        graph.is_batch_invariant = true;
        let mut reader = PromptReader::new(Architecture::DecoderOnly);
        let drafter = Drafter::new(&[5, 6], &[], 8, VerificationCost::ZERO);
        let drafter = Some(drafter.with_proposals(vec![proposal.to_vec()]));
        let (prompt, config) = ((&[5, 6][..], &[7][..]), GenerationConfig::default());
        let mut generator =
            Generator::prefill_with(&mut graph, &mut reader, prompt, &config, drafter).unwrap();
        let first = if allows_first { 8 } else { 9 };
        assert_eq!(generator.next(Some(&|id| id >= first)).unwrap().token, first);
        let rest = [(); 2].map(|()| generator.next(None).unwrap().token);
        assert_eq!(rest, [first + 1, first + 2], "the model's own tokens after {proposal:?}");
        assert_eq!(generator.drafts().proposal.accepted, accepted);
        assert_eq!(graph.calls, calls);
    };
    check(&[8, 9, 10], true, &[Call::Decode(vec![5, 6, 7, 8, 9, 10], 0)], 3);
    let in_part = [Call::Decode(vec![5, 6, 7, 8, 30], 0), Call::Decode(vec![9], 4)];
    check(&[8, 30], true, &in_part, 1);
    let other =
        [Call::Decode(vec![5, 6, 7, 8, 9], 0), Call::Decode(vec![9], 3), Call::Decode(vec![10], 4)];
    check(&[8, 9], false, &other, 0);
}

/// The project's code, of which the prompt's last tokens are the beginning.
fn continuations(before: &[TokenId], project: &[TokenId]) -> Continuations {
    Continuations::new(before, project_of(project), LineEnd::default())
}

fn project_of(tokens: &[TokenId]) -> Arc<IndexedTokens> {
    Arc::new(IndexedTokens::new([tokens.to_vec()]))
}

fn generate_in_project(
    graph: &mut FakeGraph,
    n_draft_tokens: usize,
    project: &[TokenId],
    n: usize,
) -> Vec<Choice> {
    let mut reader = PromptReader::new(Architecture::EncoderDecoder);
    let before = [10, 11, 12];
    let drafter = Drafter::new(&before, &[], n_draft_tokens, VerificationCost::ZERO);
    let drafter = drafter.with_project(Some(project_of(project)));
    let config = drafts_of(n_draft_tokens);
    let generator = Generator::prefill(graph, &mut reader, &before, &[12], &config).unwrap();
    let generator = generator.with_drafts((n_draft_tokens > 0).then_some(drafter));
    let mut generator = generator.with_continuations(Some(continuations(&before, project)));
    (0..n).map(|_| generator.next(None).unwrap()).collect()
}

fn tokens(choices: &[Choice]) -> Vec<TokenId> {
    choices.iter().map(|choice| choice.token).collect()
}

#[test]
fn what_follows_in_the_project_is_made_likelier() {
    let check = |project: &[TokenId], expected: &[TokenId], why: &str| {
        let found = generate_in_project(&mut FakeGraph::counting(), 0, project, 4);
        assert_eq!(tokens(&found), expected, "{why}");
    };
    check(&[10, 11, 12, 14, 16], &[14, 16, 17, 18], "the model counts on where it is left alone");
    check(&[10, 11, 12, 90], &[13, 14, 15, 16], "the model thinks that impossible");
    check(&[11, 12, 14, 16], &[13, 14, 15, 16], "too short a match");
    let own = generate_in_project(&mut FakeGraph::counting(), 0, &[], 1)[0];
    let agreed = generate_in_project(&mut FakeGraph::counting(), 0, &[10, 11, 12, 13], 1)[0];
    assert!(agreed.log_prob > own.log_prob, "a token that the project has, too, is more certain");
}

#[test]
fn drafts_of_the_project_change_the_number_of_runs_and_nothing_else() {
    let project = [10, 11, 12, 14, 16, 17, 18, 20, 21, 22, 40, 41];
    let mut plain = FakeGraph::counting();
    let expected = generate_in_project(&mut plain, 0, &project, 12);
    let mut drafted = FakeGraph::counting();
    drafted.is_batch_invariant = true;
    assert_eq!(generate_in_project(&mut drafted, 4, &project, 12), expected);
    assert!(drafted.calls.len() < plain.calls.len(), "several were accepted at a time");
}

#[test]
fn what_the_project_proposes_is_among_the_likeliest() {
    let (mut graph, before) = (FakeGraph::counting(), [10, 11, 12]);
    let mut reader = PromptReader::new(Architecture::EncoderDecoder);
    let config = GenerationConfig::default();
    let likeliest =
        |ids: &[TokenId], project: &[TokenId], graph: &mut FakeGraph, reader: &mut _| {
            let generator = Generator::prefill(graph, reader, &before, &[12], &config).unwrap();
            let generator = generator.with_continuations(Some(continuations(&before, project)));
            let found = generator.likeliest(ids, 2, &|_, token| token != 13).unwrap();
            found.iter().map(|choices| tokens(choices)).collect::<Vec<_>>()
        };
    let found = likeliest(&[14, 15], &[10, 11, 12, 15, 9, 11, 12, 14, 17], &mut graph, &mut reader);
    assert_eq!(found, [[15, 12], [15, 17]], "of the allowed ones, by the tokens before each");
}
