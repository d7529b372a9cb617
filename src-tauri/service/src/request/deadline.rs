//! [`Deadline`]: the one clock of a request. It is started when the request comes in and passed
//! down; no stage starts a clock of its own.

use std::time::Duration;

use tokio::time::Instant;

/// How long a completion may take. Both count from the request's arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// The time to aim at: the router prefers models that are expected to end by then.
    pub target: Duration,
    /// The latest answer, exceeded by one decode step at most: the text so far is returned.
    pub maximum: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { target: Duration::from_millis(100), maximum: Duration::from_millis(200) }
    }
}

/// The instants by which one request should and must be answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    started: Instant,
    limits: TimeLimits,
}

impl Deadline {
    /// Starts the clock.
    pub fn after(limits: TimeLimits) -> Self {
        Self { started: Instant::now(), limits }
    }

    /// A clock that was started at `start`, such as by a key press before the request arrived.
    pub fn counted_from(start: std::time::Instant, limits: TimeLimits) -> Self {
        Self { started: Instant::from_std(start), limits }
    }

    /// When the clock started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The limits it was made with.
    pub fn limits(&self) -> TimeLimits {
        self.limits
    }

    /// The instant of the hard maximum.
    pub fn maximum(&self) -> Instant {
        self.started + self.limits.maximum
    }

    /// Since the clock started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Until the maximum; zero once it has passed.
    pub fn remaining(&self) -> Duration {
        self.limits.maximum.saturating_sub(self.elapsed())
    }

    /// Until the target; zero once it has passed.
    pub fn remaining_to_target(&self) -> Duration {
        self.limits.target.saturating_sub(self.elapsed())
    }

    /// Whether the maximum has passed.
    pub fn is_expired(&self) -> bool {
        self.remaining().is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_a_press_took_to_get_here_counts() {
        let press = Instant::now().into_std();
        tokio::time::advance(Duration::from_millis(150)).await;
        let deadline = Deadline::counted_from(press, TimeLimits::default());
        assert_eq!(deadline.remaining(), Duration::from_millis(50), "150 of 200 ms have passed");
    }

    #[tokio::test(start_paused = true)]
    async fn time_runs_out_at_the_target_and_then_at_the_maximum() {
        let deadline = Deadline::after(TimeLimits::default());
        let check = |target_ms: u64, left_ms: u64, is_expired: bool| {
            assert_eq!(
                deadline.remaining_to_target(),
                Duration::from_millis(target_ms),
                "until the target"
            );
            assert_eq!(deadline.remaining(), Duration::from_millis(left_ms), "until the maximum");
            assert_eq!(deadline.is_expired(), is_expired, "expired means that nothing remains");
        };
        check(100, 200, false);
        tokio::time::advance(Duration::from_millis(150)).await;
        check(0, 50, false);
        tokio::time::advance(Duration::from_millis(60)).await;
        check(0, 0, true);
    }
}
