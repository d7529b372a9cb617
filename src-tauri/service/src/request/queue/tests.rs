use super::*;
use crate::request::TimeLimits;
use proptest::prelude::*;

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
    assert!(queue.lock().newest.is_empty(), "no request is left registered");
}

#[tokio::test(start_paused = true)]
async fn a_bounded_number_of_clients_waits() {
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
async fn no_request_waits_past_the_deadline() {
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
    assert!(queue.cancel(&"a".into()) && !queue.cancel(&"unknown".into()));
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

#[derive(Debug, Clone)]
enum Step {
    /// A client asks.
    Ask(u8),
    /// A client's run ends, if it has one.
    Finish(u8),
    Cancel(u8),
    Limits(usize, usize),
    Wait(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u8..5).prop_map(Step::Ask),
        4 => (0_u8..5).prop_map(Step::Finish),
        1 => (0_u8..5).prop_map(Step::Cancel),
        1 => (1_usize..4, 0_usize..4).prop_map(|(concurrency, capacity)| Step::Limits(concurrency, capacity)),
        2 => (1_u64..150).prop_map(Step::Wait),
    ]
}

/// Plays the steps with a task a request; checks the bounds after each.
async fn play(steps: Vec<Step>) {
    let queue = Queue::new(1, 2);
    let (mut concurrency, mut most_capacity) = (1, 2);
    let running = Arc::new(Mutex::new(Vec::<(u8, Ticket)>::new()));
    for step in steps {
        match step {
            Step::Ask(client) => {
                drop(tokio::spawn(ask(queue.clone(), client, Arc::clone(&running))))
            }
            Step::Finish(client) => running.lock().unwrap().retain(|(of, _)| *of != client),
            Step::Cancel(client) => {
                queue.cancel(&ClientId::from(client.to_string().as_str()));
            }
            Step::Limits(new, capacity) => {
                // What runs already is not taken away.
                concurrency = new.max(running.lock().unwrap().len());
                most_capacity = most_capacity.max(capacity);
                queue.set_limits(new, capacity);
            }
            Step::Wait(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        let n_running = running.lock().unwrap().len();
        assert!(n_running <= concurrency.max(1), "{n_running} run where {concurrency} may");
        let n_waiting = queue.lock().n_waiting;
        // A newer request of a waiting client takes its place before the older has left the line.
        assert!(n_waiting <= most_capacity + 5, "{n_waiting} wait where {most_capacity} may");
    }
    // Every waiting request has a turn or runs out of time.
    while queue.lock().n_waiting > 0 {
        running.lock().unwrap().clear();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    running.lock().unwrap().clear();
    let inner = queue.lock();
    assert_eq!((inner.n_waiting, inner.newest.len()), (0, 0), "no request is left registered");
    assert_eq!(queue.0.slots.available_permits(), inner.concurrency, "every slot came back");
}

async fn ask(queue: Queue, client: u8, running: Arc<Mutex<Vec<(u8, Ticket)>>>) {
    let id = ClientId::from(client.to_string().as_str());
    if let Ok(ticket) = queue.enter(&id, &deadline()).await {
        running.lock().unwrap().push((client, ticket));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn slots_and_places_are_neither_lost_nor_doubled(steps in prop::collection::vec(any_step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(steps));
    }
}
