//! [`Backoff`]: how long to wait before something that failed is tried again.

use std::time::{Duration, SystemTime};

/// A server that asks for a longer wait is not waited for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// How patient a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The wait after the first failure; each further one doubles it.
    pub first: Duration,
    /// No wait is longer, unless the server asks for it.
    pub longest: Duration,
    /// Failures in a row without a byte between them, after which it is given up.
    pub attempts: u32,
}

impl Default for Patience {
    /// About a minute all in all.
    fn default() -> Self {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
        Self { first, longest, attempts: 7 }
    }
}

/// Counts failures.
#[derive(Debug)]
pub(super) struct Backoff {
    patience: Patience,
    n_failures: u32,
    random: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(patience: Patience) -> Self {
        Self { patience, n_failures: 0, random: fastrand::Rng::new() }
    }

    /// The wait after one more failure: between half and the whole of a time that doubles, so that
    /// those who failed together do not come back together; at least what the server asked for.
    /// `None`: enough.
    pub(super) fn fail(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.n_failures += 1;
        let Patience { first, longest, attempts } = self.patience;
        if self.n_failures >= attempts || asked.is_some_and(|asked| asked > LONGEST_ASKED) {
            return None;
        }
        let doubled = first.saturating_mul(1 << (self.n_failures - 1).min(16)).min(longest);
        let jittered = doubled.mul_f64(0.5 + 0.5 * self.random.f64());
        Some(asked.map_or(jittered, |asked| asked + jittered))
    }

    /// Something came: the next failure is the first again.
    pub(super) fn succeed(&mut self) {
        self.n_failures = 0;
    }
}

/// What `Retry-After` says: seconds, or a date.
pub(super) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn backoff() -> Backoff {
        let random = fastrand::Rng::with_seed(1);
        Backoff { random, ..Backoff::new(Patience { first: S, longest: 4 * S, attempts: 5 }) }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_end() {
        let mut backoff = backoff();
        for whole in [S, 2 * S, 4 * S, 4 * S] {
            let wait = backoff.fail(None).unwrap();
            assert!((whole / 2..=whole).contains(&wait), "{wait:?} of {whole:?}");
        }
        assert_eq!(backoff.fail(None), None, "the fifth failure is the last");
    }

    #[test]
    fn progress_begins_the_count_anew() {
        let mut backoff = backoff();
        for _ in 0..100 {
            assert!(backoff.fail(None).unwrap() <= S, "the first wait again");
            backoff.succeed();
        }
    }

    #[test]
    fn those_who_fail_together_come_back_apart() {
        let waits: std::collections::BTreeSet<_> = (0..20)
            .map(|seed| Backoff { random: fastrand::Rng::with_seed(seed), ..backoff() }.fail(None))
            .collect();
        assert!(waits.len() > 15, "jitter spreads them: {waits:?}");
    }

    #[test]
    fn a_server_s_wish_is_heeded_within_reason() {
        assert!(backoff().fail(Some(30 * S)).unwrap() >= 30 * S);
        assert_eq!(backoff().fail(Some(3600 * S)), None, "an hour is no wait but a refusal");
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(parse_retry_after("7", now), Some(7 * S));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(30 * S));
        assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(parse_retry_after("soon", now), None);
    }
}
