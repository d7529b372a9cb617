//! The embedded model through the whole service, on real threads. Time limits are generous here:
//! speed is a matter for benchmarks.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pounce_model_format::ModelManifest;
use pounce_service::{
    CompletionRequest, CompletionService, Counter, Deadline, ModelState, Paths, ServiceOptions,
    Settings, TimeLimits,
};

use crate::support::{CODE, block, id, in_own_process, request, source};

/// The folder that holds the embedded model's folder.
pub(crate) fn models() -> PathBuf {
    let in_repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let named = std::env::var_os(pounce_service::MODELS_VARIABLE).map(PathBuf::from);
    let models = named.unwrap_or(in_repository);
    let manifest = models.join("pounce-50m/manifest.json");
    assert!(
        manifest.is_file(),
        "{} is missing: the embedded model belongs to the repository",
        manifest.display()
    );
    models
}

/// Settings with deadlines that no machine misses: 30 s and 60 s.
pub(crate) fn patient() -> Settings {
    let mut settings = Settings::default();
    settings.deadlines.target_ms = 30_000;
    settings.deadlines.maximum_ms = 60_000;
    settings
}

/// Puts copies of the embedded model under other ids into `dir`, sharing its files.
pub(crate) fn install_copies(dir: &Path, ids: &[&str]) {
    let original = fs::canonicalize(models().join("pounce-50m")).unwrap();
    let manifest = ModelManifest::load(&original).unwrap();
    for id in ids {
        let folder = dir.join(id);
        fs::create_dir_all(&folder).unwrap();
        for file in manifest.files.keys() {
            std::os::unix::fs::symlink(original.join(file), folder.join(file)).unwrap();
        }
        ModelManifest { id: (*id).to_owned(), ..manifest.clone() }.save(&folder).unwrap();
    }
}

/// A service over the real engine, with `ids` installed.
pub(crate) fn start(dir: &Path, ids: &[&str], settings: Settings) -> CompletionService {
    let paths = Paths::under(dir);
    install_copies(&paths.models[0], ids);
    CompletionService::start(ServiceOptions {
        settings: Some(settings),
        ..ServiceOptions::new(paths)
    })
}

fn named(model: &str, prefix: &str) -> CompletionRequest {
    CompletionRequest { model: Some(id(model)), ..request(prefix) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snippet_is_completed_and_measured() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a"], patient());
    let completion = service.complete(request(CODE)).await;
    assert_eq!(source(&completion), "a", "the first request waited for the load: {completion:?}");
    assert!(
        completion.text.contains('a') && completion.text.contains('b'),
        "{:?} adds a and b",
        completion.text
    );
    assert!(completion.n_tokens > 0 && completion.n_prompt_tokens > 5, "{completion:?}");
    let timings = completion.timings;
    assert!(
        timings.encode > Duration::ZERO && timings.total() <= completion.elapsed,
        "{completion:?}"
    );

    let model = service.status().models.remove(0);
    let measured = model.measured;
    assert!(
        measured.speed.is_some() && measured.load_ms.is_some(),
        "loading measured it: {measured:?}"
    );
    let bytes = model.resident_bytes.unwrap();
    assert!(
        (10 << 20..400 << 20).contains(&bytes),
        "a model of 50 million parameters takes {bytes} bytes"
    );
    assert_eq!(service.shut_down().await, 0, "its thread was joined");
    assert!(
        dir.path().join("data/profile.json").is_file(),
        "measurements are kept for the next start"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_was_read_ahead_is_not_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a"], patient());
    service.load(&id("a")).await.unwrap();
    assert!(service.prepare(request(CODE)).await, "the model is idle");
    let completion = service.complete(request(CODE)).await;
    assert_eq!(source(&completion), "a", "{completion:?}");
    assert_eq!(
        completion.timings.encode,
        Duration::ZERO,
        "the encoder did not run: {completion:?}"
    );
    let other = service.complete(request("fn main() {\n    let x = ")).await;
    assert!(other.timings.encode > Duration::ZERO, "another prompt is read: {other:?}");
    service.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_prompt_is_clipped_to_what_there_is_time_to_read() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a"], patient());
    // The first run shows how fast the machine is.
    assert_eq!(source(&service.complete(request(CODE)).await), "a");
    let in_a_hurry =
        TimeLimits { target: Duration::from_millis(1), maximum: Duration::from_secs(60) };
    let [long, other] =
        ["value", "result"].map(|name| format!("{name} = compute({name}, other)\n").repeat(60));
    let hurried = service.complete_by(request(&long), Deadline::after(in_a_hurry)).await;
    assert_eq!(source(&hurried), "a", "{hurried:?}");
    assert!(hurried.n_prompt_tokens <= 64, "no time for more than the least: {hurried:?}");
    assert!(service.prepare(request(&other)).await, "the model is idle");
    let prepared = service.complete_by(request(&other), Deadline::after(in_a_hurry)).await;
    assert!(prepared.n_prompt_tokens > 300, "what was read ahead is not cut: {prepared:?}");
    assert_eq!(prepared.timings.encode, Duration::ZERO, "nor read again: {prepared:?}");
    service.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_past_its_deadline_is_stopped_and_the_next_one_succeeds() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a"], patient());
    service.load(&id("a")).await.unwrap();
    let limits = TimeLimits { target: Duration::from_millis(1), maximum: Duration::from_millis(2) };
    let long = "value = compute(value, other)\n".repeat(60);
    let cut_off = service.complete_by(block(&long), Deadline::after(limits)).await;
    assert!(cut_off.source.model().is_none(), "two milliseconds are too few: {cut_off:?}");
    let next = service.complete(request(CODE)).await;
    assert_eq!(source(&next), "a", "{next:?}");
    assert_eq!(service.count(Counter::LostThreads), 0, "the run was stopped inside the runtime");
    service.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_models_are_resident_and_within_a_small_budget_one() {
    // A model's size is measured as the growth of the process. Memory that other tests free
    // meanwhile would be subtracted.
    if !in_own_process("embedded::two_models_are_resident_and_within_a_small_budget_one") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a", "b"], patient());
    for model in ["a", "b"] {
        service.load(&id(model)).await.unwrap();
    }
    let answers =
        [service.complete(named("a", CODE)).await, service.complete(named("b", CODE)).await];
    assert_eq!(answers[0].text, answers[1].text, "copies of one model answer alike");
    assert_eq!((source(&answers[0]), source(&answers[1])), ("a".to_owned(), "b".to_owned()));

    let largest =
        service.status().models.iter().filter_map(|model| model.resident_bytes).max().unwrap();
    let mut settings = patient();
    settings.memory.budget_mb = Some((largest >> 20) + 16);
    service.set_settings(settings).await.unwrap();
    let status = service.status();
    assert!(status.used_bytes <= status.budget_bytes, "{status:?}");
    let is_warm = |id: &str| {
        let models = service.status().models;
        models.iter().any(|model| model.id.as_str() == id && model.state == ModelState::Warm)
    };
    assert!(!(is_warm("a") && is_warm("b")), "there is room for one");
    service.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_model_can_be_unloaded_and_loaded_again() {
    // The models of other tests must not keep the runtime alive.
    if !in_own_process("embedded::the_only_model_can_be_unloaded_and_loaded_again") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path(), &["a"], patient());
    service.load(&id("a")).await.unwrap();
    assert!(service.unload(&id("a")).await, "it was in memory");
    service.load(&id("a")).await.expect("the runtime outlives its models");
    assert_eq!(source(&service.complete(request(CODE)).await), "a");
    service.shut_down().await;
}
