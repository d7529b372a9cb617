//! [`Crew`]: threads that do every step together.
//!
//! A decoder's step is some dozens of products of microseconds each, with a meeting after each. So its threads wait
//! awake, for one another and for the next step; a millisecond after the last they go to sleep.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use crate::wait::{EndOnPanic, LOOKS, wait_until};

/// How long a thread waits awake for the next step: longer than whatever lies between two of a completion.
const AWAKE: Duration = Duration::from_millis(1);

/// What a thread does of a step; it is told which thread it is, and where it meets the others, unless it is alone.
pub(crate) type Step = dyn Fn(usize, Option<&Meeting>) + Send + Sync;

/// See the module's documentation.
pub(crate) struct Crew {
    step: Arc<Step>,
    meeting: Arc<Meeting>,
    /// All but the caller's.
    threads: Vec<JoinHandle<()>>,
}

/// Where threads wait for one another.
pub(crate) struct Meeting {
    n_threads: u64,
    /// Steps that have begun.
    n_steps: AtomicU64,
    /// How often a thread has come to a meeting, all threads together.
    n_arrivals: AtomicU64,
    /// Nobody is to be waited for any more.
    is_over: AtomicBool,
    /// Which threads have gone to sleep.
    asleep: Vec<AtomicBool>,
}

impl Crew {
    /// Starts threads for `step`, one fewer than `n_threads`: the caller is one of them.
    ///
    /// # Errors
    /// What the system said if they do not start.
    pub(crate) fn new(n_threads: usize, step: Arc<Step>) -> std::io::Result<Self> {
        let meeting = Arc::new(Meeting {
            n_threads: n_threads as u64,
            n_steps: AtomicU64::new(0),
            n_arrivals: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            asleep: (0..n_threads).map(|_| AtomicBool::new(false)).collect(),
        });
        let mut crew = Self { step, meeting, threads: Vec::new() };
        for thread in 1..n_threads {
            let (step, meeting) = (Arc::clone(&crew.step), Arc::clone(&crew.meeting));
            let name = format!("decoder-{thread}");
            let work = move || meeting.work(thread, &*step);
            crew.threads.push(std::thread::Builder::new().name(name).spawn(work)?);
        }
        Ok(crew)
    }

    /// Does a step, whose last meeting all have come to when this returns. False if a thread has panicked.
    pub(crate) fn run(&self) -> bool {
        let _others_go_on = EndOnPanic(&self.meeting.is_over);
        self.meeting.n_steps.fetch_add(1, Ordering::SeqCst);
        for (thread, asleep) in self.threads.iter().zip(&self.meeting.asleep[1..]) {
            if asleep.load(Ordering::SeqCst) {
                thread.thread().unpark();
            }
        }
        (self.step)(0, Some(&self.meeting));
        !self.meeting.is_over.load(Ordering::Relaxed)
    }

    /// Has the caller do a step without the others. False if a thread has panicked.
    pub(crate) fn run_alone(&self) -> bool {
        let _others_go_on = EndOnPanic(&self.meeting.is_over);
        (self.step)(0, None);
        !self.meeting.is_over.load(Ordering::Relaxed)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.meeting.end(self.threads.iter().map(JoinHandle::thread));
        for thread in self.threads.drain(..) {
            // Its panic was told when it happened.
            let _ = thread.join();
        }
    }
}

impl Meeting {
    /// Waits for all others to come here as well; `n_meetings` counts the caller's. False if one of them will not.
    pub(crate) fn wait(&self, n_meetings: &mut u64) -> bool {
        *n_meetings += 1;
        self.n_arrivals.fetch_add(1, Ordering::AcqRel);
        let n_expected = *n_meetings * self.n_threads;
        wait_until(|| self.n_arrivals.load(Ordering::Acquire) >= n_expected, &self.is_over)
    }

    /// The life of a thread.
    fn work(&self, thread: usize, step: &Step) {
        let _others_go_on = EndOnPanic(&self.is_over);
        let mut n_steps = 0;
        while self.wait_for_step(thread, n_steps) {
            n_steps += 1;
            step(thread, Some(self));
        }
    }

    /// Waits until more than `n_steps` have begun; false if none will.
    fn wait_for_step(&self, thread: usize, n_steps: u64) -> bool {
        let begun = || self.n_steps.load(Ordering::SeqCst) > n_steps;
        let is_over = || self.is_over.load(Ordering::SeqCst);
        let (start, mut looks) = (Instant::now(), 0_u32);
        while !begun() && !is_over() {
            looks += 1;
            if !looks.is_multiple_of(LOOKS) {
                std::hint::spin_loop();
            } else if start.elapsed() < AWAKE {
                std::thread::yield_now();
            } else {
                self.asleep[thread].store(true, Ordering::SeqCst);
                // Whoever begins a step after this look sees that the thread is asleep, and wakes it.
                if !begun() && !is_over() {
                    std::thread::park();
                }
                self.asleep[thread].store(false, Ordering::SeqCst);
            }
        }
        !is_over()
    }

    fn end<'a>(&self, threads: impl Iterator<Item = &'a Thread>) {
        self.is_over.store(true, Ordering::SeqCst);
        threads.for_each(Thread::unpark);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A crew whose every step has two meetings, and notes who did what.
    fn crew(n_threads: usize, seen: &Arc<Mutex<Vec<(u64, usize)>>>) -> Crew {
        let seen = Arc::clone(seen);
        let counts: Vec<Mutex<u64>> = (0..n_threads).map(|_| Mutex::new(0)).collect();
        let step = move |thread: usize, meeting: Option<&Meeting>| {
            let Some(meeting) = meeting else {
                return seen.lock().unwrap().push((u64::MAX, thread));
            };
            let mut n_meetings = counts[thread].lock().unwrap();
            for _ in 0..2 {
                seen.lock().unwrap().push((*n_meetings, thread));
                assert!(meeting.wait(&mut n_meetings), "nobody has panicked");
            }
        };
        Crew::new(n_threads, Arc::new(step)).unwrap()
    }

    #[test]
    fn nobody_goes_on_before_all_have_met() {
        for n_threads in [1, 2, 4] {
            let seen = Arc::default();
            let crew = crew(n_threads, &seen);
            for step in 0..200 {
                // Long enough, now and then, for the others to fall asleep.
                if step % 50 == 49 {
                    std::thread::sleep(2 * AWAKE);
                }
                assert!(crew.run());
            }
            drop(crew);
            let seen = seen.lock().unwrap();
            assert_eq!(seen.len(), 400 * n_threads, "everybody came to every meeting");
            assert!(seen.is_sorted_by_key(|(meeting, _)| *meeting), "in order");
        }
    }

    #[test]
    fn a_step_alone_is_the_callers() {
        let seen = Arc::default();
        let crew = crew(3, &seen);
        assert!(crew.run() && crew.run_alone() && crew.run());
        drop(crew);
        let seen = seen.lock().unwrap();
        let alone: Vec<_> = seen.iter().filter(|(meeting, _)| *meeting == u64::MAX).collect();
        assert_eq!(alone, [&(u64::MAX, 0)], "nobody else did anything");
        assert_eq!(seen.len(), 1 + 2 * 6, "and all came to the meetings before and after");
    }

    #[test]
    fn a_panic_is_told_and_nobody_waits_for_ever() {
        let step = |thread: usize, meeting: Option<&Meeting>| {
            assert_ne!(thread, 1, "a test of panics");
            meeting.map(|meeting| meeting.wait(&mut 0));
        };
        let crew = Crew::new(3, Arc::new(step)).unwrap();
        assert!(!crew.run(), "the step was not done");
        assert!(!crew.run(), "nor will be the next");
        assert!(!crew.run_alone(), "nor one alone");
    }
}
