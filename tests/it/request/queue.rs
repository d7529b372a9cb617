//! The queue, seen from outside.

use pounce_service::engines::fake::FakeModel;
use pounce_service::{Counter, Reason, Settings};

use crate::support::{CODE, Fixture, MS, has, request_of, source, start, warm};

fn spawn(
    fixture: &Fixture,
    client: &str,
    prefix: &str,
) -> tokio::task::JoinHandle<pounce_service::Completion> {
    let (service, request) = (fixture.service.clone(), request_of(client, prefix));
    tokio::spawn(async move { service.complete(request).await })
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_of_one_client_cancels_the_older() {
    let fixture = warm(FakeModel::default()).await;
    let older = spawn(&fixture, "editor", CODE);
    tokio::time::sleep(10 * MS).await;
    let newer = spawn(&fixture, "editor", "x = ");
    let older = older.await.unwrap();
    assert_eq!((older.elapsed, older.text.as_str()), (10 * MS, ""), "it is given up at once");
    assert!(has(&older, |reason| *reason == Reason::Superseded), "{older:?}");
    assert_eq!(newer.await.unwrap().text, "a + b");
}

#[tokio::test(start_paused = true)]
async fn other_clients_wait_and_beyond_the_bound_are_refused() {
    let mut settings = Settings::default();
    settings.queue.capacity = 2;
    let fixture = start([("small", FakeModel::default())], settings);
    fixture.load("small").await;
    let spawned =
        ["a", "b", "c", "d"].map(|client| spawn(&fixture, client, &format!("{client} = ")));
    let mut answers = Vec::new();
    for request in spawned {
        answers.push(request.await.unwrap());
    }
    let elapsed: Vec<_> = answers.iter().map(|answer| answer.elapsed.as_millis()).collect();
    assert_eq!(elapsed, [26, 52, 78, 0], "one after the other, the fourth is turned away");
    assert!(answers[3].is_refused());
    assert_eq!(answers[3].reasons, [Reason::QueueFull { capacity: 2 }]);
    assert_eq!(fixture.count(Counter::Refused), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_stops_its_run() {
    let fixture = warm(FakeModel { encode: 150 * MS, ..FakeModel::default() }).await;
    let dropped = spawn(&fixture, "a", CODE);
    tokio::time::sleep(10 * MS).await;
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    let next = fixture.complete("x = ").await;
    assert_eq!(next.elapsed, 156 * MS, "the next one does not wait for it");
}

#[tokio::test(start_paused = true)]
async fn shutting_down_gives_up_requests_and_leaves_nothing_running() {
    let fixture = warm(FakeModel { encode: 150 * MS, ..FakeModel::default() }).await;
    let running = spawn(&fixture, "a", CODE);
    tokio::time::sleep(10 * MS).await;
    assert_eq!(fixture.service.shut_down().await, 0, "every worker came back");
    let given_up = running.await.unwrap();
    assert!(has(&given_up, |reason| *reason == Reason::ShuttingDown), "{given_up:?}");
    assert_eq!(source(&fixture.complete(CODE).await), "none", "no request is taken any more");
    let n_tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(n_tasks, 0, "no task is left over");
}
