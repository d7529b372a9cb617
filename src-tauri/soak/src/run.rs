//! The soak: hours of use in minutes. Several clients complete random snippets, cancel and walk
//! away, while somebody switches models, budgets and settings, and engines fail at random. At the
//! end every answer must have come in time, memory must be flat, and nothing may be left running.

mod load;
mod report;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep};

pub use report::SoakReport;

use crate::catalog::Tier;
use crate::engine::fake::{FakeLoader, FakeModel};
use crate::engine::faulty::{FaultRates, FaultyLoader};
use crate::engine::{EngineLoader, OnnxLoader};
use crate::memory::{MemoryProbe, SystemProbe};
use crate::paths::Paths;
use crate::service::{CompletionService, ServiceOptions};
use crate::settings::Settings;
use crate::storage::off_the_runtime;
use crate::worker::Host;
use load::{Client, Meddler, Tally};

/// What runs the models of a soak.
#[derive(Debug, Clone)]
pub enum SoakModels {
    /// Three fakes of different sizes and speeds.
    Fake,
    /// The installed models.
    Installed,
}

/// How to soak.
#[derive(Debug, Clone)]
pub struct SoakOptions {
    /// How long.
    pub duration: Duration,
    /// Of all random choices.
    pub seed: u64,
    /// What runs.
    pub models: SoakModels,
    /// What goes wrong, and how often.
    pub faults: FaultRates,
    /// Where models are found. Settings and measurements are written there too: give it folders of
    /// its own.
    pub paths: Paths,
    /// Threads, or tasks under paused time.
    pub host: Host,
    /// Clients at a time.
    pub n_clients: usize,
}

impl SoakOptions {
    /// A soak of fakes on threads with the usual faults.
    pub fn new(duration: Duration, paths: Paths) -> Self {
        Self {
            duration,
            seed: 1,
            models: SoakModels::Fake,
            faults: FaultRates::SOAK,
            paths,
            host: Host::Threads,
            n_clients: 3,
        }
    }
}

/// How far a soak is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoakProgress {
    /// Since its start.
    pub elapsed: Duration,
    /// Answered so far.
    pub n_requests: u64,
    /// Resident size of the process.
    pub process_bytes: u64,
}

/// Soaks, and tells its progress every second.
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
    users.spawn(Meddler::new(options.seed, service.clone()).work(end));

    let mut report = SoakReport::default();
    let mut seconds = interval(Duration::from_secs(1));
    while started.elapsed() < options.duration {
        seconds.tick().await;
        let reading = Arc::clone(&probe);
        let process_bytes = off_the_runtime(move || reading.read()).await.process_bytes;
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

/// Tasks beyond those there were before, once the last ones had a moment to end.
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
    let fakes = fakes();
    let real = ServiceOptions::new(options.paths.clone());
    let (inner, registry, probe): (Arc<dyn EngineLoader>, _, Arc<dyn MemoryProbe>) =
        match options.models {
            SoakModels::Fake => {
                (Arc::new(fakes.clone()), Some(fakes.registry()), fakes.machine(MACHINE_BYTES))
            }
            SoakModels::Installed => {
                (Arc::new(OnnxLoader::default()), None, Arc::new(SystemProbe::default()))
            }
        };
    let loader = Arc::new(FaultyLoader::new(inner, options.faults, options.seed));
    let mut settings = Settings::default();
    // One fewer than can wait at a time, so that some are refused now and then.
    settings.queue.capacity = options.n_clients.saturating_sub(2);
    let settings = Some(settings);
    let host = options.host;
    let service = CompletionService::start(ServiceOptions {
        settings,
        registry,
        loader,
        probe: Arc::clone(&probe),
        host,
        ..real
    });
    (service, probe)
}

/// The fakes' machine: room for the small and one other at a time, by the default budget.
const MACHINE_BYTES: u64 = 2 << 30;

fn fakes() -> FakeLoader {
    let ms = Duration::from_millis;
    let lines = || vec!["a", "(", "b", ")", "\n", "c", " = ", "d", "\n"];
    FakeLoader::new([
        ("small", FakeModel { load: ms(80), ..FakeModel::default() }),
        (
            "medium",
            FakeModel {
                tier: Tier::Medium,
                resident_bytes: 400 << 20,
                load: ms(300),
                encode: ms(50),
                step: ms(5),
                tokens: lines(),
            },
        ),
        (
            "large",
            FakeModel {
                tier: Tier::Large,
                resident_bytes: 700 << 20,
                load: ms(700),
                encode: ms(90),
                step: ms(12),
                tokens: lines().repeat(3),
            },
        ),
    ])
}
