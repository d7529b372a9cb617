//! Routing, seen from outside: the router's own rules are tested beside it.

use std::time::Duration;

use pounce_service::engines::fake::{FakeModel, Fault};
use pounce_service::{CompletionRequest, Preference, Reason, Settings, SkipReason, Tier};

use crate::support::{CODE, Fixture, MS, has, id, request, source, start, warm_pair};

#[tokio::test(start_paused = true)]
async fn the_larger_model_answers_unless_the_user_prefers_speed() {
    let fixture = warm_pair(Settings::default()).await;
    let found = fixture.complete(CODE).await;
    assert_eq!(source(&found), "medium", "it is not known how sure the first answer is: {found:?}");
    for (prefix, preference, expected) in
        [("x = ", Preference::Fast, "small"), ("y = ", Preference::Best, "medium")]
    {
        let mut settings = fixture.service.settings();
        settings.models.preference = preference;
        fixture.service.set_settings(settings).await.unwrap();
        fixture.loader.take_log();
        let found = fixture.complete(prefix).await;
        assert_eq!(source(&found), expected, "the next request follows the setting");
        assert_eq!(fixture.loader.take_log(), [format!("run {expected}")], "no other is asked");
    }
}

/// A quick small model, and a large one that answers after `reading` and three steps of 10 ms.
async fn small_and_large(reading: Duration) -> Fixture {
    let small = FakeModel { encode: 4 * MS, step: MS, tokens: vec!["s"], ..FakeModel::default() };
    let large = FakeModel {
        tier: Tier::Large,
        encode: reading,
        step: 10 * MS,
        tokens: vec!["l", "(", ")"],
        ..FakeModel::default()
    };
    let fixture = start([("small", small), ("large", large)], Settings::default());
    fixture.load("small").await;
    fixture.load("large").await;
    let named = |name| CompletionRequest { model: Some(id(name)), ..request("measured = ") };
    for name in ["small", "large"] {
        fixture.service.complete(named(name)).await;
    }
    fixture.loader.take_log();
    fixture
}

#[tokio::test(start_paused = true)]
async fn a_quick_answer_is_what_a_better_model_goes_on_from() {
    let fixture = small_and_large(30 * MS).await;
    let found = fixture.complete(CODE).await;
    assert_eq!(fixture.loader.take_log(), ["run small", "run large"]);
    assert_eq!((source(&found).as_str(), found.text.as_str()), ("large", "l()"));
    assert_eq!(found.alternatives[0].text, "s", "the first answer is a candidate");
    let configs = fixture.loader.take_configs().into_iter();
    let proposals: Vec<_> = configs.map(|config| config.proposals).collect();
    assert_eq!(proposals[proposals.len() - 1], ["s"], "and what the model may go on from");
}

#[tokio::test(start_paused = true)]
async fn the_quick_answer_is_kept_for_the_deadline() {
    let fixture = small_and_large(30 * MS).await;
    fixture.loader.break_run("large", Fault::Slow(Duration::from_secs(1)));
    let found = fixture.complete(CODE).await;
    assert_eq!((source(&found).as_str(), found.text.as_str()), ("small", "s"));
    assert_eq!(found.elapsed, 200 * MS, "until then the better one may come");
    assert!(has(&found, |reason| *reason == Reason::DeadlineMissed(id("large"))), "{found:?}");
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
