//! [`ContentionMonitor`]: whether the next step runs on all threads or on one.
//!
//! Threads that meet at dozens of barriers a step lose more than they gain as soon as one of them
//! has to wait for a core: with one of two cores busy, a step of half a millisecond takes three,
//! and on one thread less than one. So when multi-threaded steps take longer than single-threaded
//! ones, some steps run on one thread, and then all threads are tried again.

use std::time::Duration;

/// Falls back to one thread after this many more slow multi-threaded steps than fast ones.
const MAX_SLOW_STEPS: u32 = 2;
/// Single-threaded steps at the beginning, which measure how long such a step takes.
const N_TRIAL_STEPS: u32 = 4;
/// The shortest and the longest run of single-threaded steps before all threads are tried again. It
/// doubles each time that the threads turn out to be slow again.
const FALLBACK_STEPS: [u32; 2] = [16, 256];
/// The fastest single-threaded time grows by 1/64 a step until a step is faster, because longer
/// prompts take longer.
const DECAY: u32 = 64;

/// Decides between all threads and one from how long the steps took. The module's documentation has
/// the rule.
#[derive(Debug)]
pub(crate) struct ContentionMonitor {
    /// How long a single-threaded step takes when nothing disturbs it. `None` before the first one.
    single_threaded: Option<Duration>,
    /// Slow multi-threaded steps, less the fast ones since.
    n_slow: u32,
    /// Steps that are still to run on one thread.
    n_left: u32,
    /// How many steps the next fallback lasts.
    fallback: u32,
}

impl Default for ContentionMonitor {
    fn default() -> Self {
        let fallback = FALLBACK_STEPS[0];
        Self { single_threaded: None, n_slow: 0, n_left: N_TRIAL_STEPS, fallback }
    }
}

impl ContentionMonitor {
    /// Whether the next step is to run on one thread.
    pub(crate) fn is_single_threaded(&self) -> bool {
        self.n_left > 0
    }

    /// Records how long the step took that [`is_single_threaded`](Self::is_single_threaded) decided
    /// about.
    pub(crate) fn record(&mut self, elapsed: Duration) {
        if self.is_single_threaded() {
            self.n_left -= 1;
            let fastest = self.single_threaded.map_or(elapsed, |before| fastest(before, elapsed));
            self.single_threaded = Some(fastest);
        } else if self.single_threaded.is_some_and(|one| elapsed > one * 3 / 2) {
            self.record_slow();
        } else {
            self.n_slow = self.n_slow.saturating_sub(1);
            if self.n_slow == 0 {
                self.fallback = FALLBACK_STEPS[0];
            }
        }
    }

    fn record_slow(&mut self) {
        self.n_slow += 1;
        if self.n_slow >= MAX_SLOW_STEPS {
            self.n_left = self.fallback;
            self.fallback = (2 * self.fallback).min(FALLBACK_STEPS[1]);
            // After the fallback, a single slow step suffices to show that nothing has changed.
            self.n_slow = MAX_SLOW_STEPS - 1;
        }
    }
}

fn fastest(before: Duration, next: Duration) -> Duration {
    (before + before / DECAY).min(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_micros(500);
    const SLOW: Duration = Duration::from_micros(2_700);
    const SINGLE: Duration = Duration::from_micros(800);

    /// Records `n` steps and returns how many of them ran on one thread.
    fn steps(monitor: &mut ContentionMonitor, n: u32, multi: Duration, single: Duration) -> u32 {
        let step = |_: &u32| {
            let is_single = monitor.is_single_threaded();
            monitor.record(if is_single { single } else { multi });
            is_single
        };
        (0..n).filter(step).count() as u32
    }

    #[test]
    fn all_threads_are_used_while_they_are_fast_and_one_under_contention() {
        let mut monitor = ContentionMonitor::default();
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), N_TRIAL_STEPS, "there is no contention");
        assert_eq!(steps(&mut monitor, 1, SLOW, SINGLE), 0, "one slow step is tolerated");
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), 0, "and forgotten");
        let n_single = steps(&mut monitor, 300, SLOW, SINGLE);
        assert!(n_single > 290, "{n_single} of 300 under contention");
    }

    #[test]
    fn contention_from_the_first_step_is_noticed() {
        let mut monitor = ContentionMonitor::default();
        let n_single = steps(&mut monitor, 300, SLOW, SINGLE);
        assert!(n_single > 290, "{n_single} of 300");
    }

    #[test]
    fn all_threads_are_used_again_when_contention_ends() {
        let mut monitor = ContentionMonitor::default();
        steps(&mut monitor, 1_000, SLOW, SINGLE);
        let n_single = steps(&mut monitor, 1_000, FAST, SINGLE);
        assert!(
            n_single <= FALLBACK_STEPS[1],
            "{n_single} of 1,000 are single-threaded, at most one fallback"
        );
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), 0, "the state is as before");
        let n_single = steps(&mut monitor, 2 + FALLBACK_STEPS[0], SLOW, SINGLE);
        assert_eq!(n_single, FALLBACK_STEPS[0], "and the next fallback is a short one");
    }

    #[test]
    fn slow_threads_may_still_be_faster_than_one() {
        let mut monitor = ContentionMonitor::default();
        let n_single = steps(&mut monitor, 300, SLOW, 2 * SLOW);
        assert_eq!(n_single, N_TRIAL_STEPS, "single-threaded steps would take twice as long");
    }

    #[test]
    fn a_longer_prompt_is_not_taken_for_contention_for_long() {
        let mut monitor = ContentionMonitor::default();
        steps(&mut monitor, 100, FAST, SINGLE);
        let n_single = steps(&mut monitor, 300, 3 * FAST, 3 * SINGLE);
        assert!(n_single < 100, "{n_single} of 300, until the longer time is learnt");
    }
}
