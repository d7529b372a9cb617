//! [`run`]: a soak from its start to its report.

use std::sync::Arc;
use std::time::Duration;

use pounce_service::memory::MemoryProbe;
use pounce_service::{CompletionService, Host, Paths, ServiceOptions, Settings};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, interval, sleep};

use crate::clients::{Client, Operator};
use crate::faulty::{FaultRates, FaultyLoader};
use crate::models::SoakModels;
use crate::report::SoakReport;
use crate::tally::Tally;

/// How to soak.
#[derive(Debug, Clone)]
pub struct SoakOptions {
    /// How long to soak.
    pub duration: Duration,
    /// Seed of all random choices.
    pub seed: u64,
    /// The models to run.
    pub models: SoakModels,
    /// What goes wrong, and how often.
    pub faults: FaultRates,
    /// The folders with the models. Settings and measurements are written there too, so use folders
    /// made for the soak.
    pub paths: Paths,
    /// Threads, or tasks under paused time.
    pub host: Host,
    /// Number of clients at a time.
    pub n_clients: usize,
}

impl SoakOptions {
    /// A soak of fakes on threads with the usual faults.
    pub fn new(duration: Duration, paths: Paths) -> Self {
        Self {
            duration,
            seed: 1,
            models: SoakModels::Fake,
            faults: FaultRates::USUAL,
            paths,
            host: Host::Threads,
            n_clients: 3,
        }
    }
}

/// How far a soak has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoakProgress {
    /// Time since the start.
    pub elapsed: Duration,
    /// Requests answered so far.
    pub n_requests: u64,
    /// Resident size of the process, in bytes.
    pub process_bytes: u64,
}

/// Soaks, and reports its progress every second.
pub async fn run(
    options: SoakOptions,
    progress: &mut (dyn FnMut(SoakProgress) + Send),
) -> SoakReport {
    let n_tasks_before = n_alive_tasks();
    let (service, probe) = start(&options);
    let started = Instant::now();
    let end = started + options.duration;
    let tally = Arc::new(Tally::default());
    let mut users = JoinSet::new();
    for number in 0..options.n_clients {
        users.spawn(
            Client::new(number, options.seed, service.clone(), Arc::clone(&tally)).work(end),
        );
    }
    users.spawn(Operator::new(options.seed, service.clone()).work(end));

    let mut report = SoakReport::default();
    let mut seconds = interval(Duration::from_secs(1));
    while started.elapsed() < options.duration {
        seconds.tick().await;
        let reading = Arc::clone(&probe);
        let process_bytes = spawn_blocking(move || reading.read().process_bytes);
        let process_bytes = process_bytes.await.expect("measuring memory does not panic");
        report.note_memory(started.elapsed(), options.duration, process_bytes);
        progress(SoakProgress {
            elapsed: started.elapsed(),
            n_requests: tally.n_requests(),
            process_bytes,
        });
    }
    while users.join_next().await.is_some() {}
    report.fill(&service, &tally, started.elapsed());
    report.n_threads_lost = service.shut_down().await;
    report.n_tasks_left = tasks_left(n_tasks_before).await;
    report
}

/// Tasks beyond the `n_before` at the start, after a moment for the last ones to end.
async fn tasks_left(n_before: usize) -> usize {
    for _ in 0..100 {
        if n_alive_tasks() <= n_before {
            return 0;
        }
        sleep(Duration::from_millis(10)).await;
    }
    n_alive_tasks() - n_before
}

fn n_alive_tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

fn start(options: &SoakOptions) -> (CompletionService, Arc<dyn MemoryProbe>) {
    let (inner, registry, probe) = options.models.parts();
    let loader = Arc::new(FaultyLoader::new(inner, options.faults, options.seed));
    let mut settings = Settings::default();
    // One fewer than can wait at a time, so that some requests are refused now and then.
    settings.queue.capacity = options.n_clients.saturating_sub(2);
    let service = CompletionService::start(ServiceOptions {
        settings: Some(settings),
        registry,
        loader,
        probe: Arc::clone(&probe),
        host: options.host,
        ..ServiceOptions::new(options.paths.clone())
    });
    (service, probe)
}
