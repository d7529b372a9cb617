//! [`EncoderThreadPool`]: threads that take the blocks of a prompt through one phase after another.
//!
//! The phases of a prompt follow each other within microseconds, less than it takes to wake a
//! thread. So the threads live for one prompt and spin while they wait for one another. Starting
//! them costs 50 microseconds, and none of them takes a core from the decoder.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Builder;

use super::spin::{AbortOnPanic, wait_until};

/// Computes one block of one phase: called with the indices of the thread, the phase and the block.
type Work<'a> = dyn Fn(usize, usize, usize) + Sync + 'a;
/// Whether the prompt is to be given up; asked before each phase.
type IsCancelled<'a> = dyn Fn() -> bool + Sync + 'a;

/// How many threads share how much work. A phase begins when all blocks have finished the one
/// before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncoderThreadPool {
    /// Threads, including the caller's. More threads than blocks are not started.
    pub(crate) n_threads: usize,
    pub(crate) n_phases: usize,
    /// Blocks of each phase.
    pub(crate) n_blocks: usize,
}

impl EncoderThreadPool {
    /// Calls `work` with every block of every phase. Returns false if `is_cancelled` ended it
    /// early.
    pub(crate) fn run(self, is_cancelled: &IsCancelled<'_>, work: &Work<'_>) -> bool {
        let progress = Progress::new(self.n_phases, self.n_blocks);
        std::thread::scope(|scope| {
            for thread in 1..self.n_threads.min(self.n_blocks) {
                let progress = &progress;
                let work = move || progress.work_on(thread, is_cancelled, work);
                let started =
                    Builder::new().name(format!("encoder-{thread}")).spawn_scoped(scope, work);
                // The other threads take the blocks of one that does not start.
                drop(started);
            }
            progress.work_on(0, is_cancelled, work);
        });
        !progress.is_aborted.load(Ordering::Relaxed)
    }
}

/// Which blocks have been taken and finished.
struct Progress {
    n_blocks: usize,
    /// For each phase, the next block that no thread has taken.
    next: Vec<AtomicUsize>,
    /// Finished blocks, of all phases together.
    n_done: AtomicUsize,
    /// Set when the prompt is cancelled or a thread has panicked: all waiting ends.
    is_aborted: AtomicBool,
}

impl Progress {
    fn new(n_phases: usize, n_blocks: usize) -> Self {
        let next = (0..n_phases).map(|_| AtomicUsize::new(0)).collect();
        Self { n_blocks, next, n_done: AtomicUsize::new(0), is_aborted: AtomicBool::new(false) }
    }

    /// Takes blocks of each phase until there are none left, then waits for the blocks that other
    /// threads have taken.
    fn work_on(&self, thread: usize, is_cancelled: &IsCancelled<'_>, work: &Work<'_>) {
        let _release_others = AbortOnPanic(&self.is_aborted);
        for (phase, next) in self.next.iter().enumerate() {
            if is_cancelled() {
                self.is_aborted.store(true, Ordering::Relaxed);
            }
            loop {
                let block = next.fetch_add(1, Ordering::Relaxed);
                if block >= self.n_blocks || self.is_aborted.load(Ordering::Relaxed) {
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

    /// Waits until `n_done` blocks are finished. Returns false if the work was aborted.
    fn wait_for(&self, n_done: usize) -> bool {
        wait_until(|| self.n_done.load(Ordering::Acquire) >= n_done, &self.is_aborted)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn pool(n_threads: usize, n_phases: usize, n_blocks: usize) -> EncoderThreadPool {
        EncoderThreadPool { n_threads, n_phases, n_blocks }
    }

    #[test]
    fn a_phase_begins_when_all_blocks_have_finished_the_one_before() {
        for n_threads in [1, 2, 5] {
            let seen = Mutex::new(Vec::new());
            let is_whole = pool(n_threads, 4, 3).run(&|| false, &|thread, phase, block| {
                assert!(thread < n_threads, "every thread has its own index");
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
    fn cancelling_takes_effect_before_the_next_phase() {
        let last = AtomicUsize::new(0);
        let is_cancelled = || last.load(Ordering::Relaxed) == 1;
        let is_whole = pool(2, 50, 2).run(&is_cancelled, &|_, phase, _| {
            last.store(phase, Ordering::Relaxed);
        });
        assert!(!is_whole, "it was cancelled");
        assert!(last.into_inner() <= 2, "soon after the request");
    }

    #[test]
    fn a_panic_reaches_the_caller_and_no_thread_waits_forever() {
        let caught = std::panic::catch_unwind(|| {
            pool(3, 5, 6).run(&|| false, &|_, phase, block| {
                assert!(phase < 2 || block != 3, "a test of panics");
            })
        });
        assert!(caught.is_err(), "the panic reaches the caller");
    }
}
