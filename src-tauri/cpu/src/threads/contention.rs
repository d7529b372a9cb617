//! [`ContentionMonitor`]: whether the next step runs on all threads or on one.
//!
//! Threads that meet at dozens of barriers a step lose more than they gain as soon as one of them
//! has to wait for a core: with one of two cores busy, a step of half a millisecond takes three,
//! and on one thread less than one. So when multi-threaded steps take longer than single-threaded
//! ones, some steps run on one thread, and then all threads are tried again.
//!
//! Runs that read a prompt have a monitor of their own, which compares the times of a token. They
//! take a tenth of a second, so none is spent on measuring one thread: until a run had to fall back,
//! one thread is taken to be as fast as all of them have been, divided by their number.

use std::time::Duration;

/// Falls back to one thread after this many more slow multi-threaded steps than fast ones.
const MAX_SLOW_STEPS: u32 = 2;
/// Single-threaded steps at the beginning, which measure how long such a step takes.
const N_TRIAL_STEPS: u32 = 4;
/// The shortest and the longest run of single-threaded steps before all threads are tried again. It
/// doubles each time that the threads turn out to be slow again.
const FALLBACK_STEPS: [u32; 2] = [16, 256];
/// The same for runs of a prompt, of which one of 300 tokens takes five.
const FALLBACK_RUNS: [u32; 2] = [4, 32];
/// The fastest time grows by 1/64 a step until a step is faster, because longer
/// prompts take longer.
const DECAY: u32 = 64;

/// Decides between all threads and one from how long the steps took. The module's documentation has
/// the rule.
#[derive(Debug)]
pub(crate) struct ContentionMonitor {
    /// How long a single-threaded step takes when nothing disturbs it. `None` before the first one.
    single_threaded: Option<Duration>,
    /// The same of a multi-threaded step.
    multi_threaded: Option<Duration>,
    /// Slow multi-threaded steps, less the fast ones since.
    n_slow: u32,
    /// Steps that are still to run on one thread.
    n_left: u32,
    /// How many steps the next fallback lasts.
    fallback: u32,
    /// The shortest and the longest fallback.
    fallbacks: [u32; 2],
}

impl ContentionMonitor {
    /// A monitor of steps of one token.
    pub(crate) fn of_steps() -> Self {
        Self::new(N_TRIAL_STEPS, FALLBACK_STEPS)
    }

    /// A monitor of runs of several tokens, whose times are those of a token.
    pub(crate) fn of_prompts() -> Self {
        Self::new(0, FALLBACK_RUNS)
    }

    fn new(n_left: u32, fallbacks: [u32; 2]) -> Self {
        let fallback = fallbacks[0];
        Self { single_threaded: None, multi_threaded: None, n_slow: 0, n_left, fallback, fallbacks }
    }

    /// Has the next run measure one thread, if none has and the steps of `other` fell back to it.
    pub(crate) fn learn_from(&mut self, other: &Self) {
        let has_fallen_back = other.is_single_threaded() && other.multi_threaded.is_some();
        if self.single_threaded.is_none() && has_fallen_back {
            self.n_left = self.n_left.max(1);
        }
    }

    /// Whether the next step is to run on one thread.
    pub(crate) fn is_single_threaded(&self) -> bool {
        self.n_left > 0
    }

    /// Records how long the step took that [`is_single_threaded`](Self::is_single_threaded) decided
    /// about, on one thread or on `n_threads`.
    pub(crate) fn record(&mut self, elapsed: Duration, n_threads: usize) {
        if self.is_single_threaded() {
            self.n_left -= 1;
            self.single_threaded = Some(fastest(self.single_threaded, elapsed));
            return;
        }
        self.multi_threaded = Some(fastest(self.multi_threaded, elapsed));
        if self.limit(n_threads).is_some_and(|limit| elapsed > limit) {
            self.record_slow();
        } else {
            self.n_slow = self.n_slow.saturating_sub(1);
            if self.n_slow == 0 {
                self.fallback = self.fallbacks[0];
            }
        }
    }

    /// The time beyond which a multi-threaded step is slow.
    fn limit(&self, n_threads: usize) -> Option<Duration> {
        let measured = self.single_threaded.map(|one| one * 3 / 2);
        measured.or_else(|| Some(self.multi_threaded? * n_threads as u32))
    }

    fn record_slow(&mut self) {
        self.n_slow += 1;
        if self.n_slow >= MAX_SLOW_STEPS {
            self.n_left = self.fallback;
            self.fallback = (2 * self.fallback).min(self.fallbacks[1]);
            // After the fallback, a single slow step suffices to show that nothing has changed.
            self.n_slow = MAX_SLOW_STEPS - 1;
        }
    }
}

fn fastest(before: Option<Duration>, next: Duration) -> Duration {
    before.map_or(next, |before| (before + before / DECAY).min(next))
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
            monitor.record(if is_single { single } else { multi }, 2);
            is_single
        };
        (0..n).filter(step).count() as u32
    }

    #[test]
    fn all_threads_are_used_while_they_are_fast_and_one_under_contention() {
        let mut monitor = ContentionMonitor::of_steps();
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), N_TRIAL_STEPS, "there is no contention");
        assert_eq!(steps(&mut monitor, 1, SLOW, SINGLE), 0, "one slow step is tolerated");
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), 0, "and forgotten");
        let n_single = steps(&mut monitor, 300, SLOW, SINGLE);
        assert!(n_single > 290, "{n_single} of 300 under contention");
    }

    #[test]
    fn contention_from_the_first_step_is_noticed() {
        let mut monitor = ContentionMonitor::of_steps();
        let n_single = steps(&mut monitor, 300, SLOW, SINGLE);
        assert!(n_single > 290, "{n_single} of 300");
    }

    #[test]
    fn all_threads_are_used_again_when_contention_ends() {
        let mut monitor = ContentionMonitor::of_steps();
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
        let mut monitor = ContentionMonitor::of_steps();
        let n_single = steps(&mut monitor, 300, SLOW, 2 * SLOW);
        assert_eq!(n_single, N_TRIAL_STEPS, "single-threaded steps would take twice as long");
    }

    #[test]
    fn a_longer_prompt_is_not_taken_for_contention_for_long() {
        let mut monitor = ContentionMonitor::of_steps();
        steps(&mut monitor, 100, FAST, SINGLE);
        let n_single = steps(&mut monitor, 300, 3 * FAST, 3 * SINGLE);
        assert!(n_single < 100, "{n_single} of 300, until the longer time is learnt");
    }

    #[test]
    fn prompts_are_read_by_all_threads_until_these_are_slower_than_one() {
        let mut monitor = ContentionMonitor::of_prompts();
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), 0, "no run is spent on measuring");
        let n_single = steps(&mut monitor, 50, SLOW, SINGLE);
        assert!(n_single > 44, "{n_single} of 50 under contention");
        steps(&mut monitor, 100, FAST, SINGLE);
        assert_eq!(steps(&mut monitor, 100, FAST, SINGLE), 0, "and by all again after it");
    }

    #[test]
    fn contention_of_steps_has_prompts_measure_one_thread() {
        let (mut of_steps, mut monitor) =
            (ContentionMonitor::of_steps(), ContentionMonitor::of_prompts());
        monitor.learn_from(&of_steps);
        assert!(!monitor.is_single_threaded(), "the first steps tell nothing");
        steps(&mut of_steps, 10, SLOW, SINGLE);
        monitor.learn_from(&of_steps);
        assert_eq!(steps(&mut monitor, 1, SLOW, SINGLE), 1, "no run has been on one thread");
        monitor.learn_from(&of_steps);
        assert!(!monitor.is_single_threaded(), "one has");
        let n_single = steps(&mut monitor, 20, SLOW, SINGLE);
        assert!(n_single > 14, "{n_single} of 20, though no run of all threads was fast");
    }
}
