//! Reading a prompt ahead.

use pounce_service::Counter;
use pounce_service::engine::fake::FakeModel;

use crate::support::{CODE, MS, request, warm};

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
    let service = fixture.service.clone();
    let reading = tokio::spawn(async move { service.prepare(request(CODE)).await });
    tokio::time::sleep(10 * MS).await;
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
