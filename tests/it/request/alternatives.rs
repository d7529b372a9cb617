//! Choosing among a model's completions, seen from outside.

use std::time::Duration;

use pounce_service::engines::fake::FakeModel;
use pounce_service::{ClientId, Completion, CompletionRequest, Reason};

use crate::support::{CODE, MS, request, source, warm};

/// Answers `first` with this probability; an alternative takes 5 ms.
fn model(probability: f32, alternatives: &[(&'static str, f32)]) -> FakeModel {
    FakeModel {
        tokens: vec!["first"],
        step: 5 * MS,
        probability: Some(probability),
        alternatives: alternatives.to_vec(),
        ..FakeModel::default()
    }
}

/// The completions beside the answer.
fn texts(completion: &Completion) -> Vec<&str> {
    completion.alternatives.iter().map(|it| it.text.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_sure_answer_comes_at_once() {
    let fixture = warm(model(0.6, &[("other", 0.3)])).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!((completion.text.as_str(), completion.elapsed), ("first", 25 * MS));
    assert!((completion.log_prob.unwrap() - 0.6_f32.ln()).abs() < 1e-6, "it says how sure it is");
    assert_eq!(fixture.loader.take_log(), ["run small"], "nothing else is searched for");
}

#[tokio::test(start_paused = true)]
async fn a_likelier_alternative_is_the_answer() {
    let fixture = warm(model(0.2, &[("other", 0.3), ("third", 0.1)])).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.text, "other");
    assert_eq!(texts(&completion), ["first", "third"], "those that were found on the way");
    assert_eq!(source(&completion), "small");
    assert_eq!(fixture.loader.take_log(), ["run small", "search small"]);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_leaves_the_place_to_the_next() {
    let rejected = FakeModel { tokens: vec!["total_count = 1"], ..model(0.9, &[("y + 1", 0.01)]) };
    let fixture = warm(rejected).await;
    let completion = fixture.complete("total_count = 1\n").await;
    assert_eq!(completion.text, "y + 1", "{:?}", completion.reasons);
    assert_eq!(completion.rejections().count(), 1, "and the reasons say why the first is not used");
}

#[tokio::test(start_paused = true)]
async fn a_search_takes_half_of_the_time_to_the_target_at_most() {
    let slow = FakeModel { step: 60 * MS, encode: Duration::ZERO, ..model(0.2, &[("other", 0.3)]) };
    let fixture = warm(slow).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!((completion.text.as_str(), completion.elapsed), ("first", 80 * MS), "60 + 40 / 2");
}

#[tokio::test(start_paused = true)]
async fn alternatives_are_searched_for_if_they_are_wanted() {
    let fixture = warm(model(0.9, &[("other", 0.05), ("third", 0.01), ("fourth", 0.01)])).await;
    fixture.complete(CODE).await;
    let wanting = CompletionRequest { wants_alternatives: true, ..request(CODE) };
    let completion = fixture.service.complete(wanting).await;
    assert_eq!(completion.text, "first");
    assert_eq!(texts(&completion), ["other", "third"], "not taken from the cache, which has none");
}

#[tokio::test(start_paused = true)]
async fn a_search_is_cancelled_like_a_run() {
    let fixture = warm(model(0.2, &[("other", 0.1); 9])).await;
    let service = fixture.service.clone();
    let asked = tokio::spawn(async move { service.complete(request(CODE)).await });
    tokio::time::sleep(28 * MS).await;
    assert!(fixture.service.cancel(&ClientId::default()));
    let completion = asked.await.unwrap();
    assert_eq!((completion.text.as_str(), completion.elapsed), ("", 28 * MS));
    assert_eq!(completion.reasons.last(), Some(&Reason::Cancelled));
}
