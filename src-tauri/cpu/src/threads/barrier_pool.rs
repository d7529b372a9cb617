//! [`DecoderThreadPool`]: threads that compute each step of the decoder together.
//!
//! A step is a few dozen matrix products that take microseconds each, with a [`Barrier`] after
//! each. So the threads spin while they wait for one another and for the next step, and go to sleep
//! a millisecond after the last one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::spin::{AbortOnPanic, SPINS_PER_YIELD, wait_until};

/// How long a thread spins before it sleeps: longer than the pause between two steps of the same
/// completion.
const SPIN_TIME: Duration = Duration::from_millis(1);

/// Computes one thread's part of a step, given the thread's index. Without a barrier there are no
/// other threads, and it computes the whole step.
pub(crate) type Step = dyn Fn(usize, Option<&Barrier>) + Send + Sync;

/// Threads that compute each step together; the calling thread is one of them.
pub(crate) struct DecoderThreadPool {
    step: Arc<Step>,
    barrier: Arc<Barrier>,
    /// All threads but the caller's, which has index 0.
    threads: Vec<JoinHandle<()>>,
}

/// The point at which all threads of a step wait for one another.
pub(crate) struct Barrier {
    n_threads: u64,
    /// Steps that have begun since the threads were started.
    n_steps: AtomicU64,
    /// Calls of [`wait`](Self::wait) since the threads were started, of all threads together.
    n_arrivals: AtomicU64,
    /// Set when a thread has panicked, or when the pool is dropped: all waiting ends.
    is_aborted: AtomicBool,
    /// For each thread, whether it sleeps until it is unparked.
    asleep: Vec<AtomicBool>,
}

impl DecoderThreadPool {
    /// Starts `n_threads - 1` threads that run `step`; the caller of [`run`](Self::run) is the
    /// first thread.
    ///
    /// # Errors
    /// The system's error if a thread does not start.
    pub(crate) fn new(n_threads: usize, step: Arc<Step>) -> std::io::Result<Self> {
        let barrier = Arc::new(Barrier {
            n_threads: n_threads as u64,
            n_steps: AtomicU64::new(0),
            n_arrivals: AtomicU64::new(0),
            is_aborted: AtomicBool::new(false),
            asleep: (0..n_threads).map(|_| AtomicBool::new(false)).collect(),
        });
        let mut pool = Self { step, barrier, threads: Vec::new() };
        for thread in 1..n_threads {
            let (step, barrier) = (Arc::clone(&pool.step), Arc::clone(&pool.barrier));
            let name = format!("decoder-{thread}");
            let work = move || barrier.work(thread, &*step);
            pool.threads.push(std::thread::Builder::new().name(name).spawn(work)?);
        }
        Ok(pool)
    }

    /// Runs a step on all threads. When it returns, every thread has reached the last barrier of
    /// the step. Returns false if a thread has panicked.
    pub(crate) fn run(&self) -> bool {
        let _release_others = AbortOnPanic(&self.barrier.is_aborted);
        self.barrier.n_steps.fetch_add(1, Ordering::SeqCst);
        for (thread, asleep) in self.threads.iter().zip(&self.barrier.asleep[1..]) {
            if asleep.load(Ordering::SeqCst) {
                thread.thread().unpark();
            }
        }
        (self.step)(0, Some(&self.barrier));
        !self.barrier.is_aborted.load(Ordering::Relaxed)
    }

    /// Runs a whole step on the calling thread. Returns false if a thread has panicked before.
    pub(crate) fn run_single_threaded(&self) -> bool {
        let _release_others = AbortOnPanic(&self.barrier.is_aborted);
        (self.step)(0, None);
        !self.barrier.is_aborted.load(Ordering::Relaxed)
    }
}

impl Drop for DecoderThreadPool {
    fn drop(&mut self) {
        self.barrier.end(self.threads.iter().map(JoinHandle::thread));
        for thread in self.threads.drain(..) {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

impl Barrier {
    /// Waits until all other threads have called this as often as the caller, which counts its
    /// calls in `n_waits`. Returns false if a thread has panicked.
    pub(crate) fn wait(&self, n_waits: &mut u64) -> bool {
        *n_waits += 1;
        self.n_arrivals.fetch_add(1, Ordering::AcqRel);
        let n_expected = *n_waits * self.n_threads;
        wait_until(|| self.n_arrivals.load(Ordering::Acquire) >= n_expected, &self.is_aborted)
    }

    /// Runs `step` as often as it is started, until the pool is dropped or a thread panics.
    fn work(&self, thread: usize, step: &Step) {
        let _release_others = AbortOnPanic(&self.is_aborted);
        let mut n_steps = 0;
        while self.wait_for_step(thread, n_steps) {
            n_steps += 1;
            step(thread, Some(self));
        }
    }

    /// Waits until more than `n_steps` steps have begun. Returns false if the pool has ended.
    fn wait_for_step(&self, thread: usize, n_steps: u64) -> bool {
        let begun = || self.n_steps.load(Ordering::SeqCst) > n_steps;
        let is_aborted = || self.is_aborted.load(Ordering::SeqCst);
        let (start, mut spins) = (Instant::now(), 0_u32);
        while !begun() && !is_aborted() {
            spins += 1;
            if !spins.is_multiple_of(SPINS_PER_YIELD) {
                std::hint::spin_loop();
            } else if start.elapsed() < SPIN_TIME {
                std::thread::yield_now();
            } else {
                self.asleep[thread].store(true, Ordering::SeqCst);
                // A step that begins after this check finds the thread marked as asleep, and
                // unparks it.
                if !begun() && !is_aborted() {
                    std::thread::park();
                }
                self.asleep[thread].store(false, Ordering::SeqCst);
            }
        }
        !is_aborted()
    }

    fn end<'a>(&self, threads: impl Iterator<Item = &'a Thread>) {
        self.is_aborted.store(true, Ordering::SeqCst);
        threads.for_each(Thread::unpark);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A pool whose steps have two barriers each, and which records which thread reached which of
    /// them.
    fn pool(n_threads: usize, seen: &Arc<Mutex<Vec<(u64, usize)>>>) -> DecoderThreadPool {
        let seen = Arc::clone(seen);
        let counts: Vec<Mutex<u64>> = (0..n_threads).map(|_| Mutex::new(0)).collect();
        let step = move |thread: usize, barrier: Option<&Barrier>| {
            let Some(barrier) = barrier else {
                return seen.lock().unwrap().push((u64::MAX, thread));
            };
            let mut n_waits = counts[thread].lock().unwrap();
            for _ in 0..2 {
                seen.lock().unwrap().push((*n_waits, thread));
                assert!(barrier.wait(&mut n_waits), "no thread has panicked");
            }
        };
        DecoderThreadPool::new(n_threads, Arc::new(step)).unwrap()
    }

    #[test]
    fn no_thread_passes_a_barrier_before_all_have_reached_it() {
        for n_threads in [1, 2, 4] {
            let seen = Arc::default();
            let pool = pool(n_threads, &seen);
            for step in 0..200 {
                // Now and then, wait long enough for the other threads to fall asleep.
                if step % 50 == 49 {
                    std::thread::sleep(2 * SPIN_TIME);
                }
                assert!(pool.run());
            }
            drop(pool);
            let seen = seen.lock().unwrap();
            assert_eq!(seen.len(), 400 * n_threads, "every thread reached every barrier");
            assert!(seen.is_sorted_by_key(|(barrier, _)| *barrier), "in order");
        }
    }

    #[test]
    fn a_single_threaded_step_runs_on_the_calling_thread() {
        let seen = Arc::default();
        let pool = pool(3, &seen);
        assert!(pool.run() && pool.run_single_threaded() && pool.run());
        drop(pool);
        let seen = seen.lock().unwrap();
        let single: Vec<_> = seen.iter().filter(|(barrier, _)| *barrier == u64::MAX).collect();
        assert_eq!(single, [&(u64::MAX, 0)], "no other thread ran");
        assert_eq!(seen.len(), 1 + 2 * 6, "and all reached the barriers before and after");
    }

    #[test]
    fn a_panic_is_reported_and_no_thread_waits_forever() {
        let step = |thread: usize, barrier: Option<&Barrier>| {
            assert_ne!(thread, 1, "a test of panics");
            barrier.map(|barrier| barrier.wait(&mut 0));
        };
        let pool = DecoderThreadPool::new(3, Arc::new(step)).unwrap();
        assert!(!pool.run(), "the step was not completed");
        assert!(!pool.run(), "and neither is the next");
        assert!(!pool.run_single_threaded(), "nor a single-threaded one");
    }
}
