//! Never killed for memory: the service under a hard limit of its address space (`ulimit -v`), with
//! a budget that promises far more. The test runs itself again, as the limited process.
//!
//! Loads are refused before memory runs out, because nothing helps afterwards: ONNX Runtime turns a
//! failed allocation into an error, but Rust's standard library ends the process.

use std::path::Path;

use pounce_service::{CompletionService, Counter, Paths, ServiceOptions, Settings};

use crate::embedded::{install_copies, patient};
use crate::support::{MB, id, in_own_process, request, source};

const MODELS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
/// Address space beyond what the first model left: some models fit, six do not.
const ROOM: u64 = 500 * MB;
const ROUNDS: usize = 2;

/// Lets this process grow by no more than `room` bytes of address space.
fn limit_address_space(room: u64) {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = status.split(' ').next().unwrap().parse().unwrap();
    let limit = pages * 4096 + room;
    let limit = libc::rlimit { rlim_cur: limit, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the pointer is to a local that lives through the call.
    let status = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(status, 0, "a soft limit may always be lowered");
}

async fn start(dir: &Path) -> CompletionService {
    let paths = Paths::under(dir);
    install_copies(&paths.models[0], &MODELS);
    let mut settings: Settings = patient();
    settings.memory.budget_mb = Some(64 * 1024);
    let settings = Some(settings);
    let service =
        CompletionService::start(ServiceOptions { settings, ..ServiceOptions::new(paths) });
    service.load(&id("a")).await.unwrap();
    service
}

/// Asks every model in turn, several times. Returns the number of answers, and how many of them
/// came from the model that was asked.
async fn ask_all(service: &CompletionService) -> (usize, usize) {
    let (mut n_answers, mut n_from_models) = (0, 0);
    for round in 0..ROUNDS {
        for model in MODELS {
            let loaded = service.load(&id(model)).await;
            let mut request = request(&format!("total_{round} = sum(values)\nmean_{model} = "));
            request.model = Some(id(model));
            let completion = service.complete(request).await;
            println!(
                "{model}: {} {:?}",
                source(&completion),
                loaded.err().map(|error| error.to_string())
            );
            n_answers += 1;
            n_from_models += usize::from(source(&completion) == model);
        }
    }
    (n_answers, n_from_models)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_a_hard_limit_models_take_turns() {
    if !in_own_process("pool::memory_limit::under_a_hard_limit_models_take_turns") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path()).await;
    limit_address_space(ROOM);
    let (n_answers, n_from_models) = ask_all(&service).await;
    assert_eq!(n_answers, ROUNDS * MODELS.len(), "every request was answered");
    assert!(n_from_models > MODELS.len(), "and models did answer: {n_from_models}");
    let n_unloaded = service.count(Counter::Evictions) + service.count(Counter::LoadFailures);
    assert!(n_unloaded > 0, "not all fit at once: {}", service.stats_text());
    service.shut_down().await;
}
