//! [`ThreadChoice`]: the number of threads with which a model is fastest on this machine.
//!
//! More are not always faster, and it depends on the model. ONNX Runtime's pool has one size for the
//! life of a process, so every number needs a process of its own; the program that uses this library
//! knows how to start one, and passes it in as a [`ThreadTimer`]. The choice is kept in the profile of
//! the machine; the setting 0, automatic, takes it from there.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sysinfo::System;
use tokio::time::{Instant, timeout};

use pounce_models::registry::InstalledModel;

/// The longest time for one number of threads: a model slower than this is not measured for minutes.
const TRIAL_LIMIT: Duration = Duration::from_secs(20);
/// No further round starts after this.
const ENOUGH: Duration = Duration::from_secs(6);
/// The most rounds through all numbers of threads; the fastest time of each counts.
const MAX_ROUNDS: usize = 3;
/// Threads that save less than this share of the time are left to other programs.
const WORTH_IT: f64 = 0.05;

/// Times a model with a number of threads, in a process of its own.
pub trait ThreadTimer: Send + Sync {
    /// The time of a typical completion. The error is one line that says why it is unknown.
    fn time<'a>(
        &'a self,
        model: &'a InstalledModel,
        threads: usize,
    ) -> BoxFuture<'a, Result<Duration, String>>;
}

/// The best number of threads of one model, and the times that it was chosen by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThreadChoice {
    /// The number of threads to use.
    pub threads: usize,
    /// Microseconds of a typical completion by number of threads; at least two entries.
    times_us: BTreeMap<usize, u64>,
}

impl ThreadChoice {
    /// The fewest threads that are as good as the fastest; `None` if there is nothing to choose from.
    pub fn of(times: &BTreeMap<usize, Duration>) -> Option<Self> {
        let fastest = times.values().min().filter(|_| times.len() > 1)?;
        let limit = fastest.mul_f64(1.0 + WORTH_IT);
        let (threads, _) = times.iter().find(|(_, time)| **time <= limit)?;
        let times_us = times.iter().map(|(threads, time)| (*threads, time.as_micros() as u64));
        Some(Self { threads: *threads, times_us: times_us.collect() })
    }

    /// Numbers of threads in rising order, with the time of a typical completion.
    pub fn times(&self) -> impl Iterator<Item = (usize, Duration)> + '_ {
        self.times_us.iter().map(|(threads, micros)| (*threads, Duration::from_micros(*micros)))
    }
}

/// Times a model with every number of threads that suits this machine. `None` on a machine with one
/// core, or if fewer than two numbers could be timed.
pub async fn choose_threads(
    timer: &dyn ThreadTimer,
    model: &InstalledModel,
) -> Option<ThreadChoice> {
    let n_cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let candidates = candidates(n_cores, System::physical_core_count().ok());
    choose_from(&candidates, timer, model).await
}

/// 1, 2, 4 and the number of physical cores, as far as the machine has that many cores.
fn candidates(n_cores: usize, n_physical: Option<usize>) -> Vec<usize> {
    let mut candidates = vec![1, 2, 4, n_physical.unwrap_or(n_cores)];
    candidates.retain(|threads| *threads <= n_cores);
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}

/// Times the candidates in turn, more than once if there is time: a machine that is busy for a moment
/// then slows down only one time of one candidate.
async fn choose_from(
    candidates: &[usize],
    timer: &dyn ThreadTimer,
    model: &InstalledModel,
) -> Option<ThreadChoice> {
    if candidates.len() < 2 {
        return None;
    }
    let started = Instant::now();
    let mut times = BTreeMap::<usize, Duration>::new();
    for _ in 0..MAX_ROUNDS {
        for &threads in candidates {
            let Some(time) = time(timer, model, threads).await else { continue };
            times.entry(threads).and_modify(|known| *known = time.min(*known)).or_insert(time);
        }
        if started.elapsed() > ENOUGH {
            break;
        }
    }
    ThreadChoice::of(&times)
}

async fn time(timer: &dyn ThreadTimer, model: &InstalledModel, threads: usize) -> Option<Duration> {
    let limit = TRIAL_LIMIT.as_secs();
    let timed = timeout(TRIAL_LIMIT, timer.time(model, threads)).await;
    let timed = timed.unwrap_or_else(|_| Err(format!("not done after {limit} s")));
    timed
        .inspect_err(
            |why| tracing::info!(model = %model.id, threads, why, "threads were not timed"),
        )
        .ok()
}

#[cfg(test)]
mod tests;
