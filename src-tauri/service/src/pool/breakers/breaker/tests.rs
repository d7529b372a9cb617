use super::Outcome::*;
use super::*;
use proptest::prelude::*;

fn after(outcomes: &[Outcome]) -> (CircuitBreaker, Instant) {
    let now = Instant::now();
    let mut breaker = CircuitBreaker::new(BreakerConfig::default());
    for outcome in outcomes {
        breaker.try_acquire(now);
        breaker.record(*outcome, now);
    }
    (breaker, now)
}

#[test]
fn it_opens_on_errors_crashes_and_missed_deadlines() {
    let check = |outcomes: &[Outcome], name: &str| {
        assert_eq!(after(outcomes).0.state().name(), name, "after {outcomes:?}");
    };
    check(&[Error, Error], "closed");
    check(&[Error, Error, Error], "open");
    check(&[Error, Error, Success, Error], "closed");
    check(&[Error, Error, Neutral, Error], "open");
    check(&[Crash], "open");
    check(&[Missed; 9], "closed");
    check(&[Missed; 10], "open");
    check(&[Neutral; 40], "closed");
    let half = [[Missed; 5], [Success; 5]].concat();
    check(&half, "closed");
    check(&[[Missed; 9].as_slice(), &[Success]].concat(), "closed");
    check(&[half.as_slice(), &[Missed]].concat(), "open");
}

#[test]
fn one_probe_is_let_through_after_the_pause() {
    let (mut breaker, now) = after(&[Crash]);
    let pause = BreakerConfig::default().first_pause;
    assert!(!breaker.try_acquire(now), "it has just opened");
    assert!(breaker.try_acquire(now + pause), "the pause is over");
    assert!(!breaker.try_acquire(now + pause), "a second request would be a second probe");
    breaker.record(Success, now + pause);
    assert_eq!(breaker.state(), BreakerState::Closed, "the model is well again");
}

#[test]
fn the_pause_doubles_with_every_failed_probe_up_to_its_limit() {
    let (mut breaker, mut now) = after(&[Crash]);
    let mut pauses = Vec::new();
    for _ in 0..8 {
        let BreakerState::Open { until } = breaker.state() else {
            panic!("a failed probe opens it again")
        };
        pauses.push((until - now).as_secs());
        now = until;
        assert!(breaker.try_acquire(now), "a probe is due");
        breaker.record(Missed, now);
    }
    assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300]);
}

#[test]
fn a_cancelled_probe_leaves_room_for_another() {
    let (mut breaker, now) = after(&[Crash]);
    let later = now + Duration::from_secs(5);
    assert!(breaker.try_acquire(later));
    breaker.record(Neutral, later);
    assert!(breaker.try_acquire(later), "nothing was learnt, so the next request probes");
}

#[test]
fn reset_closes_it_and_forgets() {
    let (mut breaker, now) = after(&[Crash]);
    breaker.reset();
    assert!(breaker.try_acquire(now), "the user asked for it");
    breaker.record(Crash, now);
    let BreakerState::Open { until } = breaker.state() else { panic!("a crash opens it") };
    assert_eq!(until - now, Duration::from_secs(5), "the pause starts from its first length");
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![Just(Success), Just(Error), Just(Crash), Just(Missed), Just(Neutral)]
}

proptest! {
    /// The rules hold: an Open breaker admits no request before its time, a HalfOpen one has
    /// exactly one probe out, and only a success or a reset closes it.
    #[test]
    fn transitions_are_legal(events in prop::collection::vec((any_outcome(), 0_u64..400_000), 1..60)) {
        let mut breaker = CircuitBreaker::new(BreakerConfig::default());
        let mut now = Instant::now();
        for (outcome, wait_ms) in events {
            now += Duration::from_millis(wait_ms);
            let before = breaker.state();
            let is_admitted = breaker.try_acquire(now);
            prop_assert_eq!(is_admitted, before.admits(now));
            if !is_admitted {
                prop_assert_eq!(breaker.state(), before, "a refusal changes nothing");
                continue;
            }
            let was_probe = breaker.state() == BreakerState::HalfOpen;
            prop_assert!(!was_probe || !breaker.try_acquire(now), "one probe at a time");
            breaker.record(outcome, now);
            match breaker.state() {
                BreakerState::Closed => prop_assert!(!was_probe || outcome == Success),
                BreakerState::Open { until } => {
                    prop_assert!(outcome != Success);
                    prop_assert!(until - now <= BreakerConfig::default().max_pause);
                }
                BreakerState::HalfOpen => prop_assert!(false, "the only probe has come back"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn windows_are_told_how_long_it_stays_open() {
    let until = Instant::now() + Duration::from_millis(1_500);
    let open = serde_json::to_value(BreakerState::Open { until }).unwrap();
    assert_eq!(open, serde_json::json!({ "state": "open", "retry_ms": 1_500.0 }));
    let closed = serde_json::to_value(BreakerState::Closed).unwrap();
    assert_eq!(closed, serde_json::json!({ "state": "closed" }), "nothing to wait for");
}
