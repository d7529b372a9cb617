//! [`CircuitBreaker`]: stops asking a model that keeps failing, and tries it again later.
//!
//! The states are Nygard's ("Release It!"): Closed lets requests through, Open refuses them,
//! HalfOpen lets one probe through. The pause before a probe doubles each time a probe fails. The
//! machine is pure: time and outcomes are passed in, and it holds no lock
//! ([`CircuitBreakers`](super::CircuitBreakers) does).

use std::collections::VecDeque;
use std::time::Duration;

use pounce_models::units::ms;
use serde::{Serialize, Serializer};
use tokio::time::Instant;

/// When a breaker opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerConfig {
    /// Errors in a row that open it.
    pub max_errors_in_a_row: u32,
    /// The last outcomes over which the share of missed deadlines is taken.
    pub window: usize,
    /// Fewer outcomes than this say nothing about the share.
    pub min_outcomes: usize,
    /// The share of missed deadlines, above which it opens; 0 to 1.
    pub max_missed_share: f64,
    /// The first pause before a probe.
    pub first_pause: Duration,
    /// Pauses grow no longer than this.
    pub max_pause: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            max_errors_in_a_row: 3,
            window: 20,
            min_outcomes: 10,
            max_missed_share: 0.5,
            first_pause: Duration::from_secs(5),
            max_pause: Duration::from_secs(300),
        }
    }
}

/// The outcome of a request that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered in time.
    Success,
    /// The engine returned an error.
    Error,
    /// The engine panicked, or did not stop when told to. Opens the breaker at once.
    Crash,
    /// It was not answered by its deadline.
    Missed,
    /// It was cancelled, which says nothing about the model.
    Neutral,
}

/// The state of a breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum BreakerState {
    /// Requests pass.
    Closed,
    /// Requests are refused for a while.
    Open {
        /// When a probe may be tried; serialized as the milliseconds until then.
        #[serde(rename = "retry_ms", serialize_with = "ms_from_now")]
        #[cfg_attr(feature = "ts", ts(rename = "retry_ms", type = "number"))]
        until: Instant,
    },
    /// One probe is out; further requests are refused until it is back.
    HalfOpen,
}

impl BreakerState {
    /// The name in logs and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen => "half-open",
        }
    }

    /// Whether a request would be let through at `now`.
    pub fn admits(self, now: Instant) -> bool {
        match self {
            Self::Closed => true,
            Self::Open { until } => now >= until,
            Self::HalfOpen => false,
        }
    }
}

fn ms_from_now<S: Serializer>(time: &Instant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(ms(time.saturating_duration_since(Instant::now())))
}

/// The state machine of one model.
#[derive(Debug, Clone)]
pub(crate) struct CircuitBreaker {
    config: BreakerConfig,
    state: BreakerState,
    errors_in_a_row: u32,
    /// Whether each of the last outcomes missed its deadline; at most `config.window`.
    missed: VecDeque<bool>,
    /// How often it has opened since it was last closed: the exponent of the pause.
    n_opened: u32,
}

impl CircuitBreaker {
    /// A closed breaker.
    pub(crate) fn new(config: BreakerConfig) -> Self {
        Self {
            config,
            state: BreakerState::Closed,
            errors_in_a_row: 0,
            missed: VecDeque::new(),
            n_opened: 0,
        }
    }

    /// Its state. An Open breaker stays Open until a request asks to pass.
    pub(crate) fn state(&self) -> BreakerState {
        self.state
    }

    /// Asks to pass. If it returns true, the caller must [`record`](Self::record) the outcome.
    pub(crate) fn try_acquire(&mut self, now: Instant) -> bool {
        let is_admitted = self.state.admits(now);
        if is_admitted && matches!(self.state, BreakerState::Open { .. }) {
            self.state = BreakerState::HalfOpen;
        }
        is_admitted
    }

    /// Records the outcome of an admitted request. Outcomes that come back while the breaker is open
    /// belong to requests from before, and change nothing.
    pub(crate) fn record(&mut self, outcome: Outcome, now: Instant) {
        match self.state {
            BreakerState::Closed => self.record_closed(outcome, now),
            BreakerState::HalfOpen => self.record_probe(outcome, now),
            BreakerState::Open { .. } => {}
        }
    }

    /// Closes it and forgets the past.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.config);
    }

    fn record_closed(&mut self, outcome: Outcome, now: Instant) {
        match outcome {
            Outcome::Neutral => return,
            Outcome::Error | Outcome::Crash => self.errors_in_a_row += 1,
            Outcome::Success | Outcome::Missed => self.errors_in_a_row = 0,
        }
        self.missed.push_back(outcome == Outcome::Missed);
        if self.missed.len() > self.config.window {
            self.missed.pop_front();
        }
        // A success never opens it, however many failures are in the window.
        let is_failure = outcome != Outcome::Success;
        if outcome == Outcome::Crash || (is_failure && self.is_failing()) {
            self.open(now);
        }
    }

    fn record_probe(&mut self, outcome: Outcome, now: Instant) {
        match outcome {
            Outcome::Success => self.reset(),
            // The probe was cancelled: the next request may be one.
            Outcome::Neutral => self.state = BreakerState::Open { until: now },
            Outcome::Error | Outcome::Crash | Outcome::Missed => self.open(now),
        }
    }

    fn is_failing(&self) -> bool {
        let n_missed = self.missed.iter().filter(|is_missed| **is_missed).count();
        let share = n_missed as f64 / self.missed.len().max(1) as f64;
        self.errors_in_a_row >= self.config.max_errors_in_a_row
            || (self.missed.len() >= self.config.min_outcomes
                && share > self.config.max_missed_share)
    }

    fn open(&mut self, now: Instant) {
        let factor = 2_u32.saturating_pow(self.n_opened);
        let pause = self.config.first_pause.saturating_mul(factor).min(self.config.max_pause);
        self.n_opened = self.n_opened.saturating_add(1);
        self.errors_in_a_row = 0;
        self.missed.clear();
        self.state = BreakerState::Open { until: now + pause };
    }
}

#[cfg(test)]
mod tests;
