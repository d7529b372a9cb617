//! The memory budget: which model is evicted for which, and what is refused.

use std::time::Duration;

use pounce_service::engines::fake::FakeModel;
use pounce_service::settings::IdleUnload;
use pounce_service::{Counter, ModelState, Pressure, Reason, Settings, SkipReason};

use crate::support::{CODE, Fixture, MB, MS, has, id, source, start, start_on};

fn sized(mb: u64) -> FakeModel {
    FakeModel { resident_bytes: mb * MB, ..FakeModel::default() }
}

fn budget(mb: u64) -> Settings {
    let mut settings = Settings::default();
    settings.memory.budget_mb = Some(mb);
    settings
}

async fn ask(fixture: &Fixture, model: &str) {
    let mut request = crate::support::request(&format!("{model} = "));
    request.model = Some(id(model));
    fixture.service.complete(request).await;
}

#[tokio::test(start_paused = true)]
async fn the_least_recently_used_model_is_evicted_for_another() {
    let mut fixture = start([("a", sized(100)), ("b", sized(100)), ("c", sized(100))], budget(250));
    fixture.load("a").await;
    fixture.load("b").await;
    ask(&fixture, "a").await;
    fixture.take_events();
    fixture.load("c").await;
    assert_eq!(fixture.state("b"), ModelState::Absent, "a was used later");
    assert_eq!(fixture.state("a"), ModelState::Warm);
    assert!(fixture.take_events().contains(&"b unloaded: Evicted".to_owned()));
    let status = fixture.service.status();
    assert!(status.used_bytes <= status.budget_bytes, "{status:?}");
    assert_eq!(fixture.count(Counter::Evictions), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lower_budget_takes_the_default_model_last() {
    let mut settings = budget(300);
    settings.models.default = Some(id("b"));
    let mut fixture = start([("mine", sized(100)), ("b", sized(100))], settings.clone());
    fixture.load("mine").await;
    fixture.load("b").await;
    ask(&fixture, "b").await;
    // The new default takes effect together with the new budget.
    settings.models.default = Some(id("mine"));
    for (mb, is_kept) in [(150, true), (99, false)] {
        settings.memory.budget_mb = Some(mb);
        fixture.service.set_settings(settings.clone()).await.unwrap();
        assert_eq!(fixture.state("b"), ModelState::Absent, "{mb} MB: though it was used later");
        let has_left = fixture.take_events().contains(&"mine unloaded: Evicted".to_owned());
        assert_eq!(has_left, !is_kept, "{mb} MB: it stays where it fits");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_cannot_fit_is_refused_with_the_numbers_before_it_is_loaded() {
    let mut fixture = start([("a", sized(100)), ("big", sized(900))], budget(500));
    fixture.load("a").await;
    let error = fixture.service.load(&id("big")).await.unwrap_err().to_string();
    assert!(error.contains("900 MB") && error.contains("500 MB"), "{error}");
    assert!(fixture.loader.take_log().is_empty(), "it was not even started");
    assert!(fixture.take_events().contains(&"big refused".to_owned()));
    assert_eq!(fixture.state("a"), ModelState::Warm, "no model was evicted needlessly");
    let mut request = crate::support::request(CODE);
    request.model = Some(id("big"));
    let completion = fixture.service.complete(request).await;
    let is_told = |reason: &Reason| matches!(reason, Reason::Skipped(_, SkipReason::DoesNotFit(_)));
    assert!(has(&completion, is_told), "{completion:?}");
}

#[tokio::test(start_paused = true)]
async fn the_measured_size_counts_not_the_files() {
    // A fake model's files are a third of its size in memory.
    let fixture = start([("a", sized(100))], budget(500));
    fixture.load("a").await;
    let model = fixture.service.status().models.remove(0);
    assert_eq!(model.resident_bytes, Some(100 * MB));
    assert_eq!(model.disk_bytes, 34 * MB);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_model_is_never_evicted() {
    let mut settings = budget(250);
    settings.models.pinned = Some(id("a"));
    let fixture = start([("a", sized(200)), ("b", sized(100))], settings);
    fixture.load("a").await;
    let error = fixture.service.load(&id("b")).await.unwrap_err().to_string();
    assert!(error.contains("200 MB are held"), "{error}");
    assert_eq!(fixture.state("a"), ModelState::Warm);
}

#[tokio::test(start_paused = true)]
async fn idle_models_are_unloaded_but_the_default_stays() {
    let mut settings = budget(500);
    settings.models.default = Some(id("a"));
    let fixture = start([("a", sized(100)), ("b", sized(100))], settings);
    fixture.load("a").await;
    fixture.load("b").await;
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert_eq!(fixture.state("b"), ModelState::Warm, "five minutes are not over");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(fixture.state("b"), ModelState::Absent, "no request asked for it");
    assert_eq!(fixture.state("a"), ModelState::Warm, "the default is kept ready");
}

#[tokio::test(start_paused = true)]
async fn zero_unloads_at_once_and_never_keeps() {
    let check = |idle: IdleUnload, expected: ModelState| async move {
        let mut settings = budget(500);
        settings.models.default = Some(id("a"));
        settings.memory.idle_unload = idle;
        let fixture = start([("a", sized(100)), ("b", sized(100))], settings);
        fixture.load("a").await;
        fixture.load("b").await;
        ask(&fixture, "b").await;
        let wait = if idle == IdleUnload::Never { Duration::from_secs(3_600) } else { MS };
        tokio::time::sleep(wait).await;
        assert_eq!(fixture.state("b"), expected, "{idle:?}");
    };
    check(IdleUnload::Minutes(0), ModelState::Absent).await;
    check(IdleUnload::Never, ModelState::Warm).await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_short_of_memory_gets_it_back_and_is_still_answered() {
    let mut settings = budget(500);
    settings.models.default = Some(id("a"));
    let mut fixture = start_on(2_000 * MB, [("a", sized(100)), ("b", sized(100))], settings);
    fixture.load("a").await;
    fixture.load("b").await;
    fixture.take_events();
    fixture.machine.occupy(1_700 * MB);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(fixture.service.status().pressure, Pressure::None, "one model's leaving was enough");
    assert_eq!((fixture.state("a"), fixture.state("b")), (ModelState::Warm, ModelState::Absent));
    fixture.machine.occupy(1_990 * MB);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(fixture.state("a"), ModelState::Absent, "before the system kills us, all leave");
    let events = fixture.take_events();
    assert!(events.contains(&"pressure Critical".to_owned()), "{events:?}");
    let completion = fixture.complete(crate::support::REPEATING).await;
    assert_eq!(
        source(&completion),
        "copy",
        "a request is answered without a model: {completion:?}"
    );
    assert_eq!(fixture.state("a"), ModelState::Absent, "and no load is tried");
    fixture.machine.occupy(0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    fixture.complete(CODE).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(source(&fixture.complete(CODE).await), "a", "all is well again");
}

#[tokio::test(start_paused = true)]
async fn a_smaller_budget_takes_effect_at_once() {
    let fixture = start([("a", sized(100)), ("b", sized(100))], budget(500));
    fixture.load("a").await;
    fixture.load("b").await;
    let mut settings = fixture.service.settings();
    settings.memory.budget_mb = Some(150);
    fixture.service.set_settings(settings).await.unwrap();
    let status = fixture.service.status();
    assert_eq!((status.budget_bytes, status.used_bytes), (150 * MB, 100 * MB));
}

#[tokio::test(start_paused = true)]
async fn a_machine_with_too_little_free_memory_refuses_too() {
    let fixture = start_on(1_000 * MB, [("a", sized(100)), ("big", sized(950))], budget(4_000));
    fixture.load("a").await;
    let error = fixture.service.load(&id("big")).await.unwrap_err().to_string();
    assert!(error.contains("the machine has"), "{error}");
    assert!(!fixture.loader.take_log().contains(&"load big".to_owned()), "it was not started");
}

#[tokio::test(start_paused = true)]
async fn an_unload_goes_on_when_its_caller_stops_waiting() {
    let fixture = start([("a", sized(100))], budget(500));
    fixture.load("a").await;
    let left = tokio::time::timeout(Duration::ZERO, fixture.service.unload(&id("a"))).await;
    assert!(left.is_err(), "the caller did not wait");
    tokio::time::sleep(MS).await;
    assert_eq!(fixture.service.status().used_bytes, 0, "its memory is free all the same");
    fixture.load("a").await;
    assert_eq!(fixture.service.status().used_bytes, 100 * MB, "and it is counted once");
}
