//! [`RetryPolicy`]: how long to wait before something that failed is tried again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

/// A server that asks for a longer wait than this is not waited for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);

/// When failed requests are repeated, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The longest wait after the first failure. It doubles with every further failure.
    pub first: Duration,
    /// No wait is longer, unless the server asks for it.
    pub longest: Duration,
    /// Failures in a row without a byte between them, after which there is no other attempt.
    pub attempts: usize,
}

impl Default for RetryPolicy {
    /// About a minute in all.
    fn default() -> Self {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
        Self { first, longest, attempts: 7 }
    }
}

impl RetryPolicy {
    /// Waits between half of a time that doubles and the whole of it: clients that failed together
    /// do not come back together.
    fn exponential(self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.first.min(self.longest) / 2)
            .with_max_delay(self.longest / 2)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
    }
}

/// The waits after failures in a row.
#[derive(Debug)]
pub(super) struct Backoff {
    policy: RetryPolicy,
    waits: ExponentialBackoff,
}

impl Backoff {
    pub(super) fn new(policy: RetryPolicy) -> Self {
        Self { policy, waits: policy.exponential().build() }
    }

    /// The wait after one more failure, on top of what the server asked for. `None` ends the
    /// attempts.
    pub(super) fn after_failure(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        let wait = self.waits.next()?;
        let retry_after = retry_after.unwrap_or_default();
        (retry_after <= MAX_RETRY_AFTER).then(|| retry_after + wait)
    }

    /// Makes the next failure the first again.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.policy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn backoff(seed: u64) -> Backoff {
        let policy = RetryPolicy { first: S, longest: 4 * S, attempts: 5 };
        Backoff { policy, waits: policy.exponential().with_jitter_seed(seed).build() }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let mut backoff = backoff(1);
        for whole in [S, 2 * S, 4 * S, 4 * S] {
            let wait = backoff.after_failure(None).unwrap();
            assert!((whole / 2..=whole).contains(&wait), "{wait:?} of {whole:?}");
        }
        assert_eq!(backoff.after_failure(None), None, "the fifth failure is the last");
    }

    #[test]
    fn progress_resets_the_count() {
        let mut backoff = backoff(1);
        for _ in 0..100 {
            assert!(backoff.after_failure(None).unwrap() <= S, "the first wait again");
            backoff.reset();
        }
    }

    #[test]
    fn clients_that_fail_together_come_back_apart() {
        let waits: std::collections::BTreeSet<_> =
            (0..20).map(|seed| backoff(seed).after_failure(None)).collect();
        assert!(waits.len() > 15, "jitter spreads them: {waits:?}");
    }

    #[test]
    fn the_wait_that_a_server_asks_for_is_kept_up_to_a_limit() {
        assert!(backoff(1).after_failure(Some(30 * S)).unwrap() >= 30 * S);
        assert_eq!(
            backoff(1).after_failure(Some(3600 * S)),
            None,
            "an hour is no wait but a refusal"
        );
    }
}
