//! [`phases`]: some threads that take blocks through one phase after another.
//!
//! The phases of a prompt follow each other within microseconds, which is less than it takes to wake a thread. So
//! the threads live for one prompt and wait for one another awake: starting them costs 50 microseconds, and nothing
//! of them is left when the decoder runs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Builder;

use crate::wait::{EndOnPanic, wait_until};

/// Calls `work` with every phase and block, on `n_threads` threads, of which the caller is one. A phase begins when
/// all blocks are through the one before. `work` is also told which thread it is on. Gives false if it was given up
/// because `is_cancelled` said so.
pub(crate) fn phases(
    n_threads: usize,
    n_phases: usize,
    n_blocks: usize,
    is_cancelled: &(dyn Fn() -> bool + Sync),
    work: &(dyn Fn(usize, usize, usize) + Sync),
) -> bool {
    let progress = Progress::new(n_phases, n_blocks);
    std::thread::scope(|scope| {
        for thread in 1..n_threads.min(n_blocks) {
            let progress = &progress;
            let work = move || progress.work_on(thread, is_cancelled, work);
            let started =
                Builder::new().name(format!("encoder-{thread}")).spawn_scoped(scope, work);
            // The others take the blocks of one that does not start.
            drop(started);
        }
        progress.work_on(0, is_cancelled, work);
    });
    !progress.is_over.load(Ordering::Relaxed)
}

/// Who has taken what, and what is done.
struct Progress {
    n_blocks: usize,
    /// The next block of each phase that nobody has taken.
    next: Vec<AtomicUsize>,
    /// Blocks that are done, of all phases together.
    n_done: AtomicUsize,
    /// Nothing is to be waited for any more.
    is_over: AtomicBool,
}

impl Progress {
    fn new(n_phases: usize, n_blocks: usize) -> Self {
        let next = (0..n_phases).map(|_| AtomicUsize::new(0)).collect();
        Self { n_blocks, next, n_done: AtomicUsize::new(0), is_over: AtomicBool::new(false) }
    }

    fn work_on(
        &self,
        thread: usize,
        is_cancelled: &(dyn Fn() -> bool + Sync),
        work: &(dyn Fn(usize, usize, usize) + Sync),
    ) {
        let _others_go_on = EndOnPanic(&self.is_over);
        for (phase, next) in self.next.iter().enumerate() {
            if is_cancelled() {
                self.is_over.store(true, Ordering::Relaxed);
            }
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= self.n_blocks || self.is_over.load(Ordering::Relaxed) {
                    break;
                }
                work(thread, phase, block);
                self.n_done.fetch_add(1, Ordering::Release);
            }
            if !self.wait_for((phase + 1) * self.n_blocks) {
                return;
            }
        }
    }

    /// Waits until so many blocks are done; false if that is not to be.
    fn wait_for(&self, n_done: usize) -> bool {
        wait_until(|| self.n_done.load(Ordering::Acquire) >= n_done, &self.is_over)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_phase_begins_when_all_blocks_are_through_the_one_before() {
        for n_threads in [1, 2, 5] {
            let seen = Mutex::new(Vec::new());
            let is_whole = phases(n_threads, 4, 3, &|| false, &|thread, phase, block| {
                assert!(thread < n_threads, "every thread has its own number");
                seen.lock().unwrap().push((phase, block));
            });
            let mut seen = seen.into_inner().unwrap();
            assert!(is_whole && seen.is_sorted_by_key(|(phase, _)| *phase), "{seen:?}");
            seen.sort_unstable();
            let all: Vec<_> =
                (0..4).flat_map(|phase| (0..3).map(move |block| (phase, block))).collect();
            assert_eq!(seen, all, "every block once in every phase");
        }
    }

    #[test]
    fn cancelling_ends_it_before_the_next_phase() {
        let last = AtomicUsize::new(0);
        let is_cancelled = || last.load(Ordering::Relaxed) == 1;
        let is_whole = phases(2, 50, 2, &is_cancelled, &|_, phase, _| {
            last.store(phase, Ordering::Relaxed);
        });
        assert!(!is_whole, "it was given up");
        assert!(last.into_inner() <= 2, "soon after");
    }

    #[test]
    fn a_panic_reaches_the_caller_and_nobody_waits_for_ever() {
        let caught = std::panic::catch_unwind(|| {
            phases(3, 5, 6, &|| false, &|_, phase, block| {
                assert!(phase < 2 || block != 3, "a test of panics");
            })
        });
        assert!(caught.is_err(), "the caller learns of it");
    }
}
