//! Failures of engines: the next model answers, the process lives, the breaker opens and closes.

use std::time::Duration;

use pounce_service::engines::fake::{FakeModel, Fault};
use pounce_service::{BreakerState, Counter, ModelState, Reason};

use crate::support::{CODE, MS, REPEATING, fast, has, id, request, source, warm, warm_pair};

#[tokio::test(start_paused = true)]
async fn an_error_lets_another_model_answer() {
    let fixture = warm_pair(fast()).await;
    fixture.loader.break_run("small", Fault::Error);
    let completion = fixture.complete(CODE).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("medium", "m1(m2)"));
    assert!(has(&completion, |reason| matches!(reason, Reason::ModelFailed(..))), "{completion:?}");
    assert_eq!(fixture.count(Counter::EngineErrors), 1);
    assert_eq!(fixture.state("small"), ModelState::Warm, "one error does not cost its place");
}

#[tokio::test(start_paused = true)]
async fn without_another_model_the_snippet_is_copied() {
    let fixture = warm(FakeModel::default()).await;
    fixture.loader.break_run("small", Fault::Error);
    let completion = fixture.complete(REPEATING).await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("copy", "name"));
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_no_answer_and_the_reason_says_why() {
    let fixture = warm(FakeModel { tokens: vec!["os"], ..FakeModel::default() }).await;
    let completion = fixture.complete("import os\nimport sys\nimport ").await;
    assert_eq!((source(&completion).as_str(), completion.text.as_str()), ("none", ""));
    let filters: Vec<_> = completion.rejections().map(|rejection| rejection.filter).collect();
    assert_eq!(filters, ["written-twice"], "{completion:?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_changed_the_text_is_named() {
    let fixture = warm(FakeModel { tokens: vec!["a", ")"], ..FakeModel::default() }).await;
    let mut asked = request("a = 1\nprint(");
    asked.segments.suffix = ")\n".to_owned();
    let completion = fixture.service.complete(asked).await;
    assert_eq!((completion.text.as_str(), &*completion.applied), ("a", &["rest-of-line"][..]));
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_the_model_its_place_until_its_probe() {
    let mut fixture = warm(FakeModel::default()).await;
    fixture.take_events();
    fixture.loader.break_run("small", Fault::Panic);
    let completion = fixture.complete(CODE).await;
    assert!(
        has(&completion, |reason| *reason == Reason::ModelCrashed(id("small"))),
        "{completion:?}"
    );
    assert_eq!(fixture.state("small"), ModelState::Absent);
    tokio::time::sleep(MS).await;
    assert_eq!(
        fixture.take_events(),
        ["small breaker open", "small absent", "small unloaded: Crashed"]
    );
    assert_eq!(fixture.count(Counter::Crashes), 1);
    assert_eq!(fixture.service.status().used_bytes, 0, "its memory is free");

    tokio::time::sleep(Duration::from_secs(5)).await;
    fixture.complete(CODE).await;
    tokio::time::sleep(400 * MS).await;
    let completion = fixture.complete("y = ").await;
    assert_eq!(source(&completion), "small", "it was loaded again: {completion:?}");
    assert_eq!(
        fixture.service.status().models[0].breaker,
        BreakerState::Closed,
        "and its probe closed the breaker"
    );
}

#[tokio::test(start_paused = true)]
async fn errors_in_a_row_open_the_breaker_and_a_reset_closes_it() {
    let fixture = warm_pair(fast()).await;
    for number in 0..3 {
        fixture.loader.break_run("small", Fault::Error);
        fixture.complete(&format!("{CODE}{number}")).await;
    }
    fixture.loader.take_log();
    let completion = fixture.complete(CODE).await;
    assert_eq!(fixture.loader.take_log(), ["run medium"], "the small model is left alone");
    assert!(has(&completion, |reason| matches!(reason, Reason::Skipped(..))), "{completion:?}");
    fixture.service.reset_breaker(&id("small"));
    assert_eq!(source(&fixture.complete("z = ").await), "small", "the user wanted it");
}

#[tokio::test(start_paused = true)]
async fn missed_deadlines_open_the_breaker() {
    let fixture = warm(FakeModel::default()).await;
    for number in 0..10 {
        fixture.loader.break_run("small", Fault::Slow(Duration::from_secs(1)));
        fixture.complete(&format!("{CODE}{number}")).await;
    }
    assert_eq!(fixture.count(Counter::DeadlineMissed), 10);
    let state = fixture.service.status().models[0].breaker;
    assert!(matches!(state, BreakerState::Open { .. }), "{state:?}");
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.elapsed, Duration::ZERO, "while it is open no request waits for it");
}

#[tokio::test(start_paused = true)]
async fn cancelled_requests_say_nothing_about_a_model() {
    let fixture = warm(FakeModel::default()).await;
    for _ in 0..30 {
        let service = fixture.service.clone();
        let request =
            tokio::spawn(async move { service.complete(crate::support::request(CODE)).await });
        tokio::time::sleep(5 * MS).await;
        assert!(fixture.service.cancel(&Default::default()), "a request is on its way");
        assert!(request.await.unwrap().is_cancelled());
    }
    assert_eq!(fixture.service.status().models[0].breaker, BreakerState::Closed);
    assert_eq!(fixture.count(Counter::Cancelled), 30);
}

#[tokio::test(start_paused = true)]
async fn every_request_is_recorded_without_its_text() {
    let mut fixture = warm(FakeModel::default()).await;
    fixture.complete("secret_name = ").await;
    let records = fixture.take_records();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].n_tokens, records[0].elapsed), (3, 26 * MS));
    let everything =
        format!("{records:?}{}{:?}", fixture.service.stats_text(), fixture.service.status());
    assert!(
        !everything.contains("secret_name") && !everything.contains("a + b"),
        "code stays out of it"
    );
    assert!(fixture.service.stats_text().contains("pounce_requests_total 1"));
}
