//! A larger model improves on an answer, until that is used.

use pounce_engine::Mode;
use pounce_service::engines::fake::FakeModel;
use pounce_service::{
    Completion, CompletionRequest, Counter, Improvement, ModelState, Preference, Settings, Tier,
};

use crate::support::{CODE, Fixture, MS, request, source, start, warm, warm_pair};

/// The same for the small model alone: otherwise the larger one may be asked within the deadline, too.
fn to_small(request: CompletionRequest) -> CompletionRequest {
    CompletionRequest { model: Some("small".into()), ..request }
}

/// Answers `CODE` with the small model, and returns what a larger one makes of it.
async fn improve(fixture: &Fixture) -> (Completion, Option<Improvement>) {
    let first = fixture.service.complete(to_small(request(CODE))).await;
    let improvement = fixture.service.improve(request(CODE), &first, 2_000 * MS).await;
    (first, improvement)
}

async fn text(fixture: &Fixture) -> Option<String> {
    improve(fixture).await.1.map(|improvement| improvement.completion.text)
}

#[tokio::test(start_paused = true)]
async fn a_larger_model_answers_again() {
    let fixture = warm_pair(Settings::default()).await;
    let (first, improvement) = improve(&fixture).await;
    assert_eq!((source(&first).as_str(), first.text.as_str()), ("small", "a + b"), "as today");
    let Improvement { completion, is_worth_more } = improvement.expect("a larger model is there");
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("medium", "m1(m2)"));
    assert!(is_worth_more, "nothing else is known of the two");
    assert_eq!((completion.id, completion.elapsed), (first.id, 24 * MS), "it has its own clock");
    assert_eq!(fixture.count(Counter::Requests), 1, "both are one request");
}

#[tokio::test(start_paused = true)]
async fn the_first_answer_is_remembered_alone() {
    let fixture = warm_pair(Settings::default()).await;
    improve(&fixture).await;
    let (again, improvement) = improve(&fixture).await;
    assert_eq!((source(&again).as_str(), again.text.as_str()), ("cache", "a + b"));
    assert!(improvement.is_some(), "and is improved again");
}

#[tokio::test(start_paused = true)]
async fn the_settings_decide() {
    let check = async |change: fn(&mut Settings), expected: Option<&str>, why: &str| {
        let mut settings = Settings::default();
        change(&mut settings);
        assert_eq!(text(&warm_pair(settings).await).await.as_deref(), expected, "{why}");
    };
    check(|_| {}, Some("m1(m2)"), "it is on").await;
    check(|settings| settings.improvement.enabled = false, None, "until it is turned off").await;
    check(|settings| settings.models.preference = Preference::Fast, None, "the smallest").await;
    check(|settings| settings.models.pinned = Some("small".into()), None, "only this one").await;
}

#[tokio::test(start_paused = true)]
async fn without_a_larger_model_nothing_happens() {
    let fixture = warm(FakeModel::default()).await;
    assert_eq!(text(&fixture).await, None, "the small one does not answer twice");
    assert_eq!(fixture.loader.take_log(), ["run small"]);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_not_in_memory_is_loaded_for_the_next_time() {
    let large = FakeModel { tier: Tier::Large, tokens: vec!["l"], ..FakeModel::default() };
    let models = [("small", FakeModel::default()), ("large", large)];
    let mut settings = Settings::default();
    // Otherwise the first one by name is loaded.
    settings.models.default = Some("small".into());
    let fixture = start(models, settings);
    fixture.load("small").await;
    assert_eq!(text(&fixture).await, None, "the answer is not waited for");
    tokio::time::sleep(1_000 * MS).await;
    assert_eq!(fixture.state("large"), ModelState::Warm, "but the model is loaded");
    assert_eq!(text(&fixture).await.as_deref(), Some("l"));
}

#[tokio::test(start_paused = true)]
async fn it_ends_at_its_own_maximum() {
    let slow = FakeModel { tier: Tier::Medium, encode: 3_000 * MS, ..FakeModel::default() };
    let fixture = start([("small", FakeModel::default()), ("medium", slow)], Settings::default());
    fixture.load("small").await;
    fixture.load("medium").await;
    let first = fixture.service.complete(to_small(request(CODE))).await;
    let started = tokio::time::Instant::now();
    let improvement = fixture.service.improve(request(CODE), &first, 500 * MS).await;
    assert_eq!((improvement, started.elapsed()), (None, 500 * MS));
}

#[tokio::test(start_paused = true)]
async fn any_request_cancels_it() {
    let slow = FakeModel { tier: Tier::Medium, encode: 1_000 * MS, ..FakeModel::default() };
    let fixture = start([("small", FakeModel::default()), ("medium", slow)], Settings::default());
    fixture.load("small").await;
    fixture.load("medium").await;
    let first = fixture.service.complete(to_small(request(CODE))).await;
    let service = fixture.service.clone();
    let improving =
        tokio::spawn(async move { service.improve(request(CODE), &first, 2_000 * MS).await });
    tokio::time::sleep(10 * MS).await;
    let client = CompletionRequest { client: "other".into(), ..to_small(request("other = ")) };
    let other = fixture.service.complete(client).await;
    assert_eq!(other.elapsed, 26 * MS, "which does not wait for its turn");
    assert_eq!(improving.await.unwrap(), None, "the older one is given up");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_names_its_model_is_left_as_it_is() {
    let fixture = warm_pair(Settings::default()).await;
    let named = to_small(request(CODE));
    let first = fixture.service.complete(named.clone()).await;
    assert_eq!(fixture.service.improve(named, &first, 500 * MS).await, None);
    let block = CompletionRequest { mode: Mode::Block, ..request(CODE) };
    let first = fixture.service.complete(to_small(block.clone())).await;
    assert!(fixture.service.improve(block, &first, 500 * MS).await.is_some(), "blocks are, too");
}
