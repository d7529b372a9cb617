//! A service over fake engines, and shorthands for what tests ask of it.

pub(crate) mod server;

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use pounce_engine::{Mode, Segments};
use pounce_service::engines::Loader;
use pounce_service::engines::fake::{FakeLoader, FakeMachine, FakeModel};
use pounce_service::{
    ClientId, Completion, CompletionRequest, CompletionService, CompletionSource, Counter, Event,
    Host, Keys, ModelId, ModelRegistry, ModelState, Paths, Preference, Reason, RequestRecord,
    ServiceOptions, Settings, Tier,
};
use tokio::sync::broadcast::Receiver;

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const MB: u64 = 1 << 20;

/// Code without anything to copy.
pub(crate) const CODE: &str = "def add(a, b):\n    return ";
/// Code whose last line goes on like an earlier one: the copy completer answers `name`.
pub(crate) const REPEATING: &str = "self.name = name\nself.age = age\nother.name = ";

/// A service over fake engines, in a folder of its own.
pub(crate) struct Fixture {
    pub(crate) service: CompletionService,
    pub(crate) loader: FakeLoader,
    pub(crate) machine: Arc<FakeMachine>,
    pub(crate) events: Receiver<Event>,
    pub(crate) dir: tempfile::TempDir,
}

/// Starts a service over these models, on a machine of 16 GB.
pub(crate) fn start(
    models: impl IntoIterator<Item = (&'static str, FakeModel)>,
    settings: Settings,
) -> Fixture {
    start_on(16 * 1024 * MB, models, settings)
}

/// Starts a service on a machine with `total_bytes` of memory.
pub(crate) fn start_on(
    total_bytes: u64,
    models: impl IntoIterator<Item = (&'static str, FakeModel)>,
    settings: Settings,
) -> Fixture {
    let loader = FakeLoader::new(models);
    let registry = loader.registry();
    start_with(loader, registry, total_bytes, settings)
}

/// Starts a service whose registry may state other sizes than `loader` has.
pub(crate) fn start_with(
    loader: FakeLoader,
    registry: ModelRegistry,
    total_bytes: u64,
    settings: Settings,
) -> Fixture {
    let machine = loader.machine(total_bytes);
    // A test must not touch the user's keyring.
    let keys = Keys::in_memory();
    let dir = tempfile::tempdir().unwrap();
    let options = ServiceOptions {
        settings: Some(settings),
        registry: Some(registry),
        loader: Arc::new(Loader::over(Arc::new(loader.clone())).with_keys(keys.clone())),
        keys,
        probe: machine.clone(),
        host: Host::Tasks,
        ..ServiceOptions::new(Paths::under(dir.path()))
    };
    let service = CompletionService::start(options);
    let events = service.subscribe();
    Fixture { service, loader, machine, events, dir }
}

/// One small model, warm.
pub(crate) async fn warm(model: FakeModel) -> Fixture {
    let fixture = start([("small", model)], Settings::default());
    fixture.load("small").await;
    fixture
}

/// Settings with which the smallest model that can answer does.
pub(crate) fn fast() -> Settings {
    let mut settings = Settings::default();
    settings.models.preference = Preference::Fast;
    settings
}

/// A small and a medium model, both warm; the medium one answers `m1(m2)`.
pub(crate) async fn warm_pair(settings: Settings) -> Fixture {
    let medium =
        FakeModel { tier: Tier::Medium, tokens: vec!["m1", "(m2)"], ..FakeModel::default() };
    let fixture = start([("small", FakeModel::default()), ("medium", medium)], settings);
    fixture.load("small").await;
    fixture.load("medium").await;
    fixture
}

impl Fixture {
    /// Loads a model, and clears the loader's log of it.
    pub(crate) async fn load(&self, id: &str) {
        self.service.load(&id.into()).await.unwrap();
        self.loader.take_log();
    }

    pub(crate) async fn complete(&self, prefix: &str) -> Completion {
        self.service.complete(request(prefix)).await
    }

    pub(crate) fn state(&self, id: &str) -> ModelState {
        let status = self.service.status();
        let model = status.models.into_iter().find(|model| model.id.as_str() == id);
        model.expect("only installed models are asked for").state
    }

    pub(crate) fn count(&self, counter: Counter) -> u64 {
        self.service.count(counter)
    }

    /// The records of the requests so far. Drains all events, as
    /// [`take_events`](Self::take_events) does.
    pub(crate) fn take_records(&mut self) -> Vec<RequestRecord> {
        let events = std::iter::from_fn(|| self.events.try_recv().ok());
        let records = events.filter_map(|event| match event {
            Event::Completed(record) => Some(*record),
            _ => None,
        });
        records.collect()
    }

    /// Drains the events so far, each as a short text; completions are left out.
    pub(crate) fn take_events(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::ModelState { id, state } => words.push(format!("{id} {}", state.name())),
                Event::Unloaded { id, reason } => words.push(format!("{id} unloaded: {reason:?}")),
                Event::Breaker { id, state } => {
                    words.push(format!("{id} breaker {}", state.name()))
                }
                Event::LoadRefused { id, .. } => words.push(format!("{id} refused")),
                Event::Pressure(pressure) => words.push(format!("pressure {pressure:?}")),
                Event::SettingsChanged => words.push("settings changed".to_owned()),
                _ => {}
            }
        }
        words
    }
}

pub(crate) fn request(prefix: &str) -> CompletionRequest {
    let segments = Segments { prefix: prefix.to_owned(), suffix: String::new() };
    CompletionRequest::new(segments, Mode::Line)
}

pub(crate) fn request_of(client: &str, prefix: &str) -> CompletionRequest {
    CompletionRequest { client: ClientId::from(client), ..request(prefix) }
}

pub(crate) fn block(prefix: &str) -> CompletionRequest {
    CompletionRequest { mode: Mode::Block, ..request(prefix) }
}

/// Whether one of the completion's reasons satisfies `is_wanted`.
pub(crate) fn has(completion: &Completion, is_wanted: impl Fn(&Reason) -> bool) -> bool {
    completion.reasons.iter().any(is_wanted)
}

/// The name of what answered: `small`, `remote far`, `cache`, `copy`, `none`.
pub(crate) fn source(completion: &Completion) -> String {
    match &completion.source {
        CompletionSource::Model(id) => id.to_string(),
        CompletionSource::Remote(id) => format!("remote {id}"),
        other => other.name().to_owned(),
    }
}

pub(crate) fn id(name: &str) -> ModelId {
    name.into()
}

/// Environment variable that is set where a test runs in a process of its own.
const CHILD: &str = "POUNCE_TEST_OWN_PROCESS";

/// Runs the test of this path again in a process of its own. Returns true in that process, and
/// false in the first one, after the other has passed.
pub(crate) fn in_own_process(test: &str) -> bool {
    in_own_process_with(test, &[])
}

/// As [`in_own_process`], with these environment variables set.
pub(crate) fn in_own_process_with(test: &str, variables: &[(&str, &str)]) -> bool {
    if env::var_os(CHILD).is_some() {
        return true;
    }
    let mut child = Command::new(env::current_exe().unwrap());
    // glibc reserves 64 MB of address space for each arena and gives none back: with many of them
    // a limit would count reservations instead of memory.
    child.env("MALLOC_ARENA_MAX", "2");
    child.args(["--exact", test, "--nocapture"]).env(CHILD, "1").envs(variables.iter().copied());
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the process must live: {}", output.status);
    assert!(said.contains("1 passed"), "the test must have run in it: {said}");
    false
}
