use super::*;
use crate::deadline::TimeLimits;

fn deadline() -> Deadline {
    Deadline::after(TimeLimits::default())
}

#[tokio::test(start_paused = true)]
async fn a_newer_request_of_one_client_cancels_the_older() {
    let queue = Queue::new(1, 4);
    let client = ClientId::from("editor");
    let older = queue.enter(&client, &deadline()).await.unwrap();
    let newer = tokio::spawn({
        let (queue, client) = (queue.clone(), client.clone());
        async move { queue.enter(&client, &deadline()).await.map(|ticket| ticket.queued) }
    });
    assert_eq!(older.abort.aborted().await, Reason::Superseded, "its place was taken");
    assert!(older.cancel_token().is_cancelled(), "its run is stopped");
    drop(older);
    assert_eq!(newer.await.unwrap(), Ok(Duration::ZERO), "the newer one follows at once");
    assert!(queue.lock().newest.is_empty(), "nobody is left in the books");
}

#[tokio::test(start_paused = true)]
async fn clients_wait_in_a_bounded_line() {
    let queue = Queue::new(1, 1);
    let running = queue.enter(&"a".into(), &deadline()).await.unwrap();
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { queue.enter(&"b".into(), &deadline()).await.map(|ticket| ticket.queued) }
    });
    tokio::task::yield_now().await;
    let refused = queue.enter(&"c".into(), &deadline()).await.map(|_| ());
    assert_eq!(refused, Err(Reason::QueueFull { capacity: 1 }), "one waits already");
    tokio::time::sleep(Duration::from_millis(30)).await;
    drop(running);
    assert_eq!(waiting.await.unwrap(), Ok(Duration::from_millis(30)), "it waited for its turn");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_past_the_deadline() {
    let queue = Queue::new(1, 4);
    let _running = queue.enter(&"a".into(), &deadline()).await.unwrap();
    let started = Instant::now();
    let waited = queue.enter(&"b".into(), &deadline()).await.map(|_| ());
    assert_eq!(waited, Err(Reason::QueueTimedOut));
    assert_eq!(started.elapsed(), TimeLimits::default().maximum, "exactly as long as it may take");
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_cancel_and_shutdown_gives_up_all() {
    let queue = Queue::new(2, 4);
    let a = queue.enter(&"a".into(), &deadline()).await.unwrap();
    let b = queue.enter(&"b".into(), &deadline()).await.unwrap();
    assert!(queue.cancel(&"a".into()) && !queue.cancel(&"nobody".into()));
    assert_eq!(a.abort.reason(), Some(Reason::Cancelled));
    assert_eq!(b.abort.reason(), None, "other clients go on");
    queue.close();
    assert_eq!(b.abort.reason(), Some(Reason::ShuttingDown));
    assert_eq!(a.abort.reason(), Some(Reason::Cancelled), "the first reason counts");
    assert_eq!(queue.enter(&"c".into(), &deadline()).await.map(|_| ()), Err(Reason::ShuttingDown));
}

#[tokio::test(start_paused = true)]
async fn the_limits_can_be_changed_while_requests_run() {
    let queue = Queue::new(1, 0);
    let _a = queue.enter(&"a".into(), &deadline()).await.unwrap();
    assert_eq!(
        queue.enter(&"b".into(), &deadline()).await.map(|_| ()),
        Err(Reason::QueueFull { capacity: 0 })
    );
    queue.set_limits(2, 0);
    let b = queue.enter(&"b".into(), &deadline()).await.unwrap();
    queue.set_limits(1, 0);
    drop(b);
    assert_eq!(
        queue.enter(&"b".into(), &deadline()).await.map(|_| ()),
        Err(Reason::QueueFull { capacity: 0 })
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_waiter_leaves_the_line() {
    let queue = Queue::new(1, 1);
    let _running = queue.enter(&"a".into(), &deadline()).await.unwrap();
    let waiting = tokio::spawn({
        let queue = queue.clone();
        async move { queue.enter(&"b".into(), &deadline()).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(queue.lock().n_waiting, 0, "its place is free again");
    assert_eq!(queue.lock().newest.len(), 1, "only the running one is in the books");
}
