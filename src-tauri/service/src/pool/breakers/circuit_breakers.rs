//! [`CircuitBreakers`]: the breakers of all models, shared. A [`Permit`] reports the outcome of a
//! request to its breaker, also if it is dropped on the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::time::Instant;

use super::breaker::{BreakerConfig, BreakerState, CircuitBreaker, Outcome};
use crate::events::{Event, Events};
use crate::metrics::{Counter, MetricsRecorder};
use pounce_models::catalog::ModelId;
use pounce_models::sync::lock;

/// The breakers of all models. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct CircuitBreakers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: BreakerConfig,
    events: Events,
    metrics: MetricsRecorder,
    breakers: Mutex<HashMap<ModelId, CircuitBreaker>>,
}

impl CircuitBreakers {
    pub(crate) fn new(config: BreakerConfig, events: Events, metrics: MetricsRecorder) -> Self {
        Self(Arc::new(Inner { config, events, metrics, breakers: Mutex::new(HashMap::new()) }))
    }

    /// The right to ask a model once; `None` while its breaker is open.
    pub(crate) fn try_acquire(&self, id: &ModelId) -> Option<Permit> {
        let is_admitted = self.change(id, |breaker| breaker.try_acquire(Instant::now()));
        is_admitted.then(|| Permit {
            breakers: self.clone(),
            id: id.clone(),
            outcome: Outcome::Neutral,
        })
    }

    /// The state of a model's breaker.
    pub(crate) fn state(&self, id: &ModelId) -> BreakerState {
        self.lock().get(id).map_or(BreakerState::Closed, CircuitBreaker::state)
    }

    /// Closes a model's breaker.
    pub(crate) fn reset(&self, id: &ModelId) {
        self.change(id, CircuitBreaker::reset);
    }

    /// Reports an outcome that needed no permit.
    pub(crate) fn record(&self, id: &ModelId, outcome: Outcome) {
        self.change(id, |breaker| breaker.record(outcome, Instant::now()));
    }

    /// Changes a breaker; a change of its state is an event.
    fn change<T>(&self, id: &ModelId, change: impl FnOnce(&mut CircuitBreaker) -> T) -> T {
        let mut breakers = self.lock();
        let breaker =
            breakers.entry(id.clone()).or_insert_with(|| CircuitBreaker::new(self.0.config));
        let before = breaker.state();
        let result = change(breaker);
        let state = breaker.state();
        if state != before {
            tracing::info!(model = %id, state = state.name(), "breaker");
            if before == BreakerState::Closed {
                self.0.metrics.count(Counter::BreakerOpened);
            }
            self.0.events.send(Event::Breaker { id: id.clone(), state });
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ModelId, CircuitBreaker>> {
        lock(&self.0.breakers)
    }
}

/// The right to ask a model once. Dropped before it is settled, it counts as cancelled.
#[derive(Debug)]
pub(crate) struct Permit {
    breakers: CircuitBreakers,
    id: ModelId,
    outcome: Outcome,
}

impl Permit {
    /// Reports the outcome of the request.
    pub(crate) fn settle(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.breakers.record(&self.id, self.outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_dropped_permit_gives_the_probe_back() {
        let events = Events::new();
        let mut watcher = events.subscribe();
        let metrics = MetricsRecorder::default();
        let breakers = CircuitBreakers::new(BreakerConfig::default(), events, metrics.clone());
        let id = ModelId::from("m");
        breakers.try_acquire(&id).unwrap().settle(Outcome::Crash);
        assert!(breakers.try_acquire(&id).is_none(), "it is open");
        tokio::time::advance(BreakerConfig::default().first_pause).await;
        let probe = breakers.try_acquire(&id).expect("a probe is due");
        assert!(breakers.try_acquire(&id).is_none(), "one at a time");
        drop(probe);
        breakers.try_acquire(&id).expect("the first was cancelled").settle(Outcome::Success);
        assert_eq!(breakers.state(&id), BreakerState::Closed);

        assert_eq!(metrics.get(Counter::BreakerOpened), 1, "a probe's return is no new opening");
        let mut states = Vec::new();
        while let Ok(Event::Breaker { state, .. }) = watcher.try_recv() {
            states.push(state.name());
        }
        assert_eq!(
            states,
            ["open", "half-open", "open", "half-open", "closed"],
            "every change is an event"
        );
    }
}
