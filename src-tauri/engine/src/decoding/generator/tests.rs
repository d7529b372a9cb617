use super::*;
use crate::backend::fake_graph::{Call, FakeGraph};
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
