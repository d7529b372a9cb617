//! Measures the service on the embedded model: the first request after launch, switching between
//! resident models, eviction and reload, and missed deadlines over many requests, alone and with a
//! core kept busy by another program.
//!
//! `cargo run --release -p pounce-service --example measure -- [MODELS_FOLDER] [REQUESTS]`

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pounce_engine::{Mode, Segments};
use pounce_model_format::ModelManifest;
use pounce_service::{
    CompletionRequest, CompletionService, CompletionSource, Counter, ModelId, Paths,
    ServiceOptions, Settings,
};

const MODEL: &str = "pounce-50m";
const CODE: &str = "\
import json
import os


class Store:
    def __init__(self, path):
        self.path = path
        self.items = {}

    def load(self):
        if not os.path.exists(self.path):
            return
        with open(self.path) as file:
            for line in file:
                item = json.loads(line)
                self.items[item[\"id\"]] = item

    def save(self):
        with open(self.path, \"w\") as file:
            for item in self.items.values():
                file.write(json.dumps(item) + \"\\n\")

    def find(self, name, limit=10):
        found = []
        for item in self.items.values():
            if name in item[\"name\"]:
                ";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let models = PathBuf::from(arguments.next().unwrap_or_else(|| "models".to_owned()));
    let n_requests = arguments.next().map_or(Ok(1_000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let paths = Paths::under(folder.path());
    let original = fs::canonicalize(models.join(MODEL))?;
    for id in ["a", "b"] {
        copy_model(&original, &paths.models[0].join(id), id)?;
    }
    first_request(&paths).await?;
    switching(&paths).await?;
    reloading(&paths).await?;
    deadlines("alone", &paths, n_requests).await?;
    let is_done = Arc::new(AtomicBool::new(false));
    let busy = std::thread::spawn({
        let is_done = Arc::clone(&is_done);
        move || while !is_done.load(Ordering::Relaxed) {}
    });
    deadlines("one core busy", &paths, n_requests).await?;
    is_done.store(true, Ordering::Relaxed);
    busy.join().map_err(|_| "the busy thread panicked")?;
    Ok(())
}

/// The same model under another id, sharing its files.
fn copy_model(original: &Path, folder: &Path, id: &str) -> Result<(), Box<dyn Error>> {
    let manifest = ModelManifest::load(original)?;
    fs::create_dir_all(folder)?;
    for file in manifest.files.keys() {
        std::os::unix::fs::symlink(original.join(file), folder.join(file))?;
    }
    ModelManifest { id: id.to_owned(), ..manifest }.save(folder)?;
    Ok(())
}

fn start(paths: &Paths, change: impl FnOnce(&mut Settings)) -> CompletionService {
    let mut settings = Settings::default();
    change(&mut settings);
    CompletionService::start(ServiceOptions {
        settings: Some(settings),
        ..ServiceOptions::new(paths.clone())
    })
}

/// A request whose context was not asked before.
fn request(number: usize, model: Option<&str>) -> CompletionRequest {
    let segments = Segments { prefix: format!("# {number}\n{CODE}"), suffix: String::new() };
    CompletionRequest {
        model: model.map(ModelId::from),
        ..CompletionRequest::new(segments, Mode::Line)
    }
}

async fn first_request(paths: &Paths) -> Result<(), Box<dyn Error>> {
    let launched = Instant::now();
    let service = start(paths, |settings| settings.deadlines.maximum_ms = 10_000);
    let first = service.complete(request(0, None)).await;
    let elapsed = millis(launched.elapsed());
    println!("launch to first answer: {elapsed:.0} ms, by {}", first.source.name());
    service.shut_down().await;

    let service = start(paths, |settings| settings.deadlines.maximum_ms = 10_000);
    service.load(&"a".into()).await?;
    let mut times = Vec::new();
    for number in 1..=21 {
        times.push(service.complete(request(number, None)).await.elapsed);
    }
    let first = millis(times.remove(0));
    println!(
        "first request after loading: {first:.1} ms; the next 20: {:.1}",
        millis(median(&mut times))
    );
    service.shut_down().await;
    Ok(())
}

async fn switching(paths: &Paths) -> Result<(), Box<dyn Error>> {
    let service = start(paths, |settings| settings.deadlines.maximum_ms = 10_000);
    for id in ["a", "b"] {
        service.load(&id.into()).await?;
    }
    let (mut same, mut switched) = (Vec::new(), Vec::new());
    for number in 0..40 {
        let model = if number % 4 < 2 { "a" } else { "b" };
        let times = if number % 2 == 0 { &mut switched } else { &mut same };
        times.push(service.complete(request(number, Some(model))).await.elapsed);
    }
    let cost = millis(median(&mut switched)) - millis(median(&mut same));
    print_stages(&service);
    println!(
        "switching between resident models: {cost:+.1} ms on a run of {:.1} ms",
        millis(median(&mut same))
    );
    service.shut_down().await;
    Ok(())
}

async fn reloading(paths: &Paths) -> Result<(), Box<dyn Error>> {
    let service = start(paths, |_| {});
    service.load(&"a".into()).await?;
    let size = service.status().used_bytes;
    println!("resident size of the model: {} MB", size >> 20);
    let mut settings = service.settings();
    settings.memory.budget_mb = Some((size >> 20) * 3 / 2);
    service.set_settings(settings).await?;
    let mut times = Vec::new();
    for id in ["b", "a"].repeat(5) {
        let started = Instant::now();
        service.load(&id.into()).await?;
        times.push(started.elapsed());
    }
    let evictions = service.count(Counter::Evictions);
    println!(
        "eviction and load of another: {:.0} ms ({evictions} evictions)",
        millis(median(&mut times))
    );
    service.shut_down().await;
    Ok(())
}

async fn deadlines(name: &str, paths: &Paths, n_requests: usize) -> Result<(), Box<dyn Error>> {
    let service = start(paths, |_| {});
    service.load(&"a".into()).await?;
    let mut times = Vec::new();
    let mut n_by_model = 0;
    for number in 0..n_requests {
        let completion = service.complete(request(number, None)).await;
        n_by_model += usize::from(matches!(completion.source, CompletionSource::Model(_)));
        times.push(completion.elapsed);
    }
    times.sort_unstable();
    let at = |share: f64| millis(times[(share * (times.len() - 1) as f64) as usize]);
    let count = |counter| service.count(counter);
    println!(
        "{n_requests} requests, {name}: p50 {:.1} ms, p95 {:.1}, p99 {:.1}, max {:.1}; {n_by_model} by the model, \
         {} after the target, {} missed the maximum, {} partial",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0),
        count(Counter::TargetMissed),
        count(Counter::DeadlineMissed),
        count(Counter::Partial),
    );
    service.shut_down().await;
    Ok(())
}

/// Where the time of the runs went.
fn print_stages(service: &CompletionService) {
    for line in service.stats_text().lines().filter(|line| line.contains("model=\"a\"")) {
        println!("{line}");
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
