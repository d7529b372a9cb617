//! Routing, seen from outside: the router's own rules are tested beside it.

use pounce_service::engines::fake::FakeModel;
use pounce_service::{CompletionRequest, Preference, Reason, Settings, SkipReason};

use crate::support::{CODE, MS, has, id, request, source, start, warm_pair};

#[tokio::test(start_paused = true)]
async fn a_simple_snippet_goes_to_the_small_model_and_a_preference_changes_that() {
    let fixture = warm_pair(Settings::default()).await;
    assert_eq!(source(&fixture.complete(CODE).await), "small");
    let mut settings = fixture.service.settings();
    settings.models.preference = Preference::Best;
    fixture.service.set_settings(settings).await.unwrap();
    assert_eq!(
        source(&fixture.complete("x = ").await),
        "medium",
        "the next request follows the setting"
    );
}

#[tokio::test(start_paused = true)]
async fn only_the_model_that_a_request_names_may_answer() {
    let fixture = warm_pair(Settings::default()).await;
    let named = |name: &str| CompletionRequest { model: Some(id(name)), ..request(CODE) };
    assert_eq!(source(&fixture.service.complete(named("medium")).await), "medium");
    let unknown = fixture.service.complete(named("unknown")).await;
    assert_eq!(source(&unknown), "none");
    assert!(
        has(&unknown, |reason| *reason == Reason::Skipped(id("unknown"), SkipReason::NotInstalled)),
        "{unknown:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_absent_model_that_suits_better_is_loaded_for_the_next_request() {
    let fixture =
        start([("a", FakeModel::default()), ("b", FakeModel::default())], Settings::default());
    fixture.load("a").await;
    fixture.service.pin(Some(id("b"))).await.unwrap();
    fixture.service.unload(&id("b")).await;
    let first = fixture.complete(CODE).await;
    assert_eq!(source(&first), "a", "a stands in: {first:?}");
    tokio::time::sleep(400 * MS).await;
    assert_eq!(source(&fixture.complete("x = ").await), "b", "it was loaded meanwhile");
}

#[tokio::test(start_paused = true)]
async fn switching_between_resident_models_costs_nothing_but_the_run() {
    let fixture = warm_pair(Settings::default()).await;
    for (name, model, expected) in [("a", "small", 26), ("b", "medium", 24), ("c", "small", 26)] {
        let named = CompletionRequest { model: Some(id(model)), ..request(&format!("{name} = ")) };
        let completion = fixture.service.complete(named).await;
        assert_eq!(source(&completion), model, "none of them is in the cache");
        assert_eq!(completion.elapsed.as_millis(), expected, "of {model}");
    }
}
