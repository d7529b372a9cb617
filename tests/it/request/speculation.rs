//! Completing what is likely to be asked next.

use std::time::Duration;

use pounce_service::engines::fake::FakeModel;
use pounce_service::{CompletionRequest, Counter, Settings};

use crate::support::{CODE, Fixture, MS, request, source, start, warm};

/// The code with the answer to `CODE` accepted.
const ACCEPTED: &str = "def add(a, b):\n    return a + b";

#[tokio::test(start_paused = true)]
async fn what_was_computed_ahead_is_answered_at_once() {
    let mut fixture = warm(FakeModel::default()).await;
    assert!(fixture.service.speculate(request(ACCEPTED)).await, "nothing else was asked");
    assert_eq!(fixture.count(Counter::Speculated), 1);
    assert!(fixture.take_records().is_empty(), "it is no request");
    assert_eq!(fixture.count(Counter::CacheMisses), 0, "nor does it miss the cache");
    let completion = fixture.complete(ACCEPTED).await;
    assert_eq!((source(&completion).as_str(), completion.elapsed), ("cache", Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_request_stops_it_and_does_not_wait_for_it() {
    let fixture = warm(FakeModel { encode: 80 * MS, ..FakeModel::default() }).await;
    let service = fixture.service.clone();
    let speculation = tokio::spawn(async move { service.speculate(request(ACCEPTED)).await });
    tokio::time::sleep(10 * MS).await;
    assert_eq!(fixture.complete(CODE).await.elapsed, 86 * MS, "as if nothing else had run");
    assert!(!speculation.await.unwrap(), "it was given up");
    assert_eq!(fixture.count(Counter::Speculated), 0);
    assert_eq!(fixture.count(Counter::Cancelled), 0, "no request was cancelled");
}

#[tokio::test(start_paused = true)]
async fn it_does_not_start_while_a_request_runs() {
    let fixture = warm(FakeModel { encode: 80 * MS, ..FakeModel::default() }).await;
    let service = fixture.service.clone();
    let running = tokio::spawn(async move { service.complete(request(CODE)).await });
    tokio::time::sleep(10 * MS).await;
    assert!(!fixture.service.speculate(request(ACCEPTED)).await);
    assert_eq!(running.await.unwrap().elapsed, 86 * MS);
    assert_eq!(fixture.loader.take_log(), ["run small"]);
}

#[tokio::test(start_paused = true)]
async fn it_loads_no_model_and_remembers_no_secret() {
    let cold = start(
        [("small", FakeModel { load: 5_000 * MS, ..FakeModel::default() })],
        Settings::default(),
    );
    assert!(!cold.service.speculate(request(ACCEPTED)).await, "the model is still loading");
    let fixture = warm(FakeModel::default()).await;
    let check = async |fixture: &Fixture, request: CompletionRequest, why: &str| {
        assert!(!fixture.service.speculate(request).await, "{why}");
        assert!(fixture.loader.take_log().is_empty(), "{why}");
    };
    check(&fixture, CompletionRequest { is_secret: true, ..request(ACCEPTED) }, "a secret").await;
    let mut settings = fixture.service.settings();
    settings.cache.max_kb = 0;
    fixture.service.set_settings(settings).await.unwrap();
    check(&fixture, request(ACCEPTED), "nothing is remembered").await;
}
