//! Loading in the background: nothing blocks, and a first request waits only within its deadline.

use std::time::Duration;

use pounce_service::engines::fake::{FakeLoader, FakeModel, Fault};
use pounce_service::{
    CompletionService, Counter, Event, ModelRegistry, ModelState, Reason, Settings,
};
use tokio::time::Instant;

use crate::support::{CODE, MB, MS, REPEATING, has, id, source, start, start_with, warm};

#[tokio::test(start_paused = true)]
async fn starting_blocks_nothing_and_reports_the_states() {
    let started = Instant::now();
    let mut fixture = start([("small", FakeModel::default())], Settings::default());
    assert_eq!(started.elapsed(), Duration::ZERO, "start returns at once");
    assert_eq!(fixture.state("small"), ModelState::Queued, "the load is on its way");
    fixture.service.load(&id("small")).await.unwrap();
    assert_eq!(
        fixture.take_events(),
        ["small loading", "small warm"],
        "it was queued before we subscribed"
    );
    assert_eq!(fixture.state("small"), ModelState::Warm);
}

#[tokio::test(start_paused = true)]
async fn a_first_request_waits_for_a_load_that_is_quick_enough() {
    // Loading takes 50 ms and ends with trial runs of 24 and 26 ms.
    let fixture = start(
        [("small", FakeModel { load: 50 * MS, ..FakeModel::default() })],
        Settings::default(),
    );
    let completion = fixture.complete(CODE).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("small", "a + b"));
    assert_eq!(completion.elapsed, 126 * MS, "the load, its trials, and the run itself");
}

#[tokio::test(start_paused = true)]
async fn a_first_request_that_cannot_wait_gets_the_fallback_and_the_reason() {
    let fixture = start(
        [("small", FakeModel { load: 900 * MS, ..FakeModel::default() })],
        Settings::default(),
    );
    let completion = fixture.complete(REPEATING).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("copy", "name"));
    assert_eq!(completion.elapsed, 200 * MS, "exactly until the maximum");
    assert!(
        has(&completion, |reason| *reason == Reason::StillLoading(id("small"))),
        "{completion:?}"
    );
    fixture.load("small").await;
    let later = fixture.complete(CODE).await;
    assert_eq!((source(&later).as_str(), later.elapsed), ("small", 26 * MS), "the load went on");
}

#[tokio::test(start_paused = true)]
async fn the_first_request_after_loading_is_as_fast_as_the_tenth() {
    let fixture = warm(FakeModel::default()).await;
    let mut times = Vec::new();
    for number in 0..10 {
        times.push(fixture.complete(&format!("{CODE}{number}")).await.elapsed);
    }
    assert!(
        times.iter().all(|time| *time == times[0]),
        "warming up was paid by the load: {times:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_is_reported_and_retried_after_a_pause() {
    let mut fixture =
        start([("small", FakeModel { load: MS, ..FakeModel::default() })], Settings::default());
    fixture.loader.break_load("small", Fault::Error);
    let completion = fixture.complete(CODE).await;
    assert!(has(&completion, |reason| matches!(reason, Reason::LoadFailed(..))), "{completion:?}");
    let ModelState::Failed { message } = fixture.state("small") else { panic!("the load failed") };
    assert!(message.contains("injected fault"), "{message:?} should say why");
    assert_eq!(fixture.count(Counter::LoadFailures), 1);
    fixture.complete(CODE).await;
    assert_eq!(fixture.loader.take_log(), ["load small"], "it is left alone for a while");
    tokio::time::sleep(5_001 * MS).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(source(&completion), "small", "the next attempt succeeds: {completion:?}");
    let events = fixture.take_events();
    assert!(events.contains(&"small failed".to_owned()), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_while_loading_costs_the_model_only() {
    let fixture = start([("small", FakeModel::default())], Settings::default());
    fixture.loader.break_load("small", Fault::Panic);
    let error = fixture.service.load(&id("small")).await.unwrap_err().to_string();
    assert_eq!(error, "small was not loaded: it crashed while loading");
    fixture.service.load(&id("small")).await.expect("asking again resets the breaker");
}

#[tokio::test(start_paused = true)]
async fn a_load_that_never_ends_is_given_up_and_blocks_no_other() {
    let fixture =
        start([("a", FakeModel::default()), ("b", FakeModel::default())], Settings::default());
    fixture.loader.break_load("a", Fault::Lost);
    let error = fixture.service.load(&id("a")).await.unwrap_err().to_string();
    assert_eq!(error, "a was not loaded: it was not loaded after 60 s");
    assert_eq!(fixture.count(Counter::LostThreads), 1);
    fixture.service.load(&id("b")).await.expect("the next load has its turn");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_unloaded_before_it_is_warm_is_not_called_warm() {
    let mut settings = Settings::default();
    settings.memory.budget_mb = Some(256);
    settings.models.default = Some(id("other"));
    let of = |size| FakeModel { resident_bytes: size * MB, ..FakeModel::default() };
    let loader = FakeLoader::new([("large", of(200)), ("other", of(100))]);
    let mut installed = loader.registry().installed().to_vec();
    // The registry understates the size, so that the other model is evicted only after the load.
    installed[0].disk_bytes = 0;
    let fixture = start_with(loader, ModelRegistry::of(installed), 16 * 1024 * MB, settings);
    fixture.load("other").await;
    let unloading = tokio::spawn(unload_once_departing(fixture.service.clone(), "large", "other"));
    assert!(fixture.service.load(&id("large")).await.is_err(), "it is absent again");
    assert!(unloading.await.unwrap(), "its worker was there already");
    assert_eq!(fixture.state("large"), ModelState::Absent);
    fixture.load("large").await;
    assert_eq!(source(&fixture.complete(CODE).await), "large", "nothing keeps it from coming back");
}

/// Unloads `model` as soon as the eviction of `other` begins. Runs in a task of its own, which the
/// scheduler takes up next.
async fn unload_once_departing(service: CompletionService, model: &str, other: &str) -> bool {
    let mut events = service.subscribe();
    let is_departing = |event| {
        let Event::ModelState { id, state } = event else { return false };
        id.as_str() == other && state == ModelState::Absent
    };
    while !is_departing(events.recv().await.unwrap()) {}
    service.unload(&id(model)).await
}

#[tokio::test(start_paused = true)]
async fn a_service_without_models_says_so() {
    let fixture = start([], Settings::default());
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.reasons, [Reason::NoModel]);
    assert_eq!(source(&completion), "none");
}
