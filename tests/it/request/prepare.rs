//! Reading a prompt ahead of its request.

use std::time::Duration;

use pounce_service::engines::fake::FakeModel;
use pounce_service::{BreakerState, Counter, ModelState, Settings, Tier};
use tokio::task::JoinHandle;

use crate::support::{CODE, Fixture, MS, request, source, start, warm, warm_pair};

/// A model that reads for longer than any request may take.
fn slow_reader() -> FakeModel {
    FakeModel { encode: Duration::from_secs(3), ..FakeModel::default() }
}

/// Reads `CODE` ahead in the background, for 10 ms so far.
async fn start_reading(fixture: &Fixture) -> JoinHandle<bool> {
    let service = fixture.service.clone();
    let reading = tokio::spawn(async move { service.prepare(request(CODE)).await });
    tokio::time::sleep(10 * MS).await;
    reading
}

#[tokio::test(start_paused = true)]
async fn a_prompt_that_was_read_ahead_pays_for_decoding_only() {
    let fixture = warm(FakeModel::default()).await;
    assert!(fixture.service.prepare(request(CODE)).await, "it was read");
    assert_eq!(fixture.count(Counter::ReadAhead), 1, "and counted");
    assert_eq!(fixture.complete(CODE).await.elapsed, 6 * MS, "three tokens");
}

#[tokio::test(start_paused = true)]
async fn another_request_is_not_held_up_by_reading_ahead() {
    let fixture = warm(FakeModel { encode: 80 * MS, ..FakeModel::default() }).await;
    let reading = start_reading(&fixture).await;
    let completion = fixture.complete("other = ").await;
    assert_eq!(completion.elapsed, 86 * MS, "the reading made way");
    assert!(!reading.await.unwrap(), "and says so");
    assert_eq!(fixture.count(Counter::ReadAhead), 0, "what was given up is not counted");
}

#[tokio::test(start_paused = true)]
async fn a_request_for_what_is_being_read_waits_for_that() {
    let fixture = warm(FakeModel { encode: 80 * MS, ..FakeModel::default() }).await;
    let service = fixture.service.clone();
    let reading = tokio::spawn(async move { service.prepare(request(CODE)).await });
    tokio::time::sleep(50 * MS).await;
    let completion = fixture.complete(CODE).await;
    assert_eq!(completion.elapsed, 36 * MS, "30 ms of reading were left");
    assert!(reading.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_turn_never_came_unloads_no_model() {
    let fixture = warm(slow_reader()).await;
    let reading = start_reading(&fixture).await;
    assert_eq!(fixture.complete(CODE).await.elapsed, 200 * MS, "it cannot wait for the reading");
    assert!(reading.await.unwrap(), "the reading went on");
    assert_eq!((fixture.count(Counter::StuckRuns), fixture.count(Counter::LostThreads)), (0, 0));
    assert_eq!(fixture.state("small"), ModelState::Warm, "nothing was wrong with it");
    assert_eq!(fixture.service.status().models[0].breaker, BreakerState::Closed);
    let again = fixture.complete(CODE).await;
    assert_eq!((source(&again).as_str(), again.elapsed), ("small", 6 * MS), "it was read");
    assert_eq!(fixture.loader.take_log(), ["prepare small", "run small"], "one was skipped");
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_one_request_waited_for_makes_way_for_another() {
    let fixture = warm(slow_reader()).await;
    let reading = start_reading(&fixture).await;
    fixture.complete(CODE).await;
    fixture.complete("other = ").await;
    assert!(!reading.await.unwrap(), "the second request wanted something else");
}

#[tokio::test(start_paused = true)]
async fn every_model_in_memory_reads_what_was_copied() {
    let fixture = warm_pair(Settings::default()).await;
    assert!(fixture.service.prepare(request(CODE)).await);
    let mut log = fixture.loader.take_log();
    log.sort();
    assert_eq!(log, ["prepare medium", "prepare small"]);
}

#[tokio::test(start_paused = true)]
async fn a_further_model_reads_within_its_budget() {
    let slow = FakeModel { tier: Tier::Large, ..slow_reader() };
    let fixture = start([("first", FakeModel::default()), ("slow", slow)], Settings::default());
    fixture.load("first").await;
    fixture.load("slow").await;
    let started = tokio::time::Instant::now();
    assert!(fixture.service.prepare(request(CODE)).await, "the first one has read it");
    assert_eq!(started.elapsed(), Duration::from_secs(1) + 20 * MS, "the other was stopped");
    assert_eq!(fixture.count(Counter::ReadAhead), 1);
}
