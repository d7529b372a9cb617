//! Starting a service: what it is made of.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::models::ServiceMeasurements;
use super::service::{CompletionService, Inner};
use super::settings::follow_file;
use crate::calibration::SharedProfile;
use crate::confidence::LoadedModels;
use crate::context::{Configuration, Context};
use crate::engines::{EngineLoader, Keys, Loader};
use crate::events::Events;
use crate::install::{self, EngineLoadTest, Hub, Installer, InstallerOptions, SpaceProbe};
use crate::kept::KeptWatch;
use crate::metrics::MetricsRecorder;
use crate::pool::breakers::{BreakerConfig, CircuitBreakers};
use crate::pool::memory::{MemoryProbe, SystemProbe, budget_bytes};
use crate::pool::worker::Host;
use crate::pool::{ModelPool, load_in_turn};
use crate::request::Queue;
use crate::request::cache::{CacheLimits, CompletionStore};
use crate::settings::{Loaded, Settings, SettingsFile};
use crate::{maintenance, panics};
use pounce_models::catalog::ModelCatalog;
use pounce_models::paths::Paths;
use pounce_models::registry::ModelRegistry;
use pounce_models::sync::lock;

/// What a service is made of.
pub struct ServiceOptions {
    /// The folders that it reads and writes.
    pub paths: Paths,
    /// The settings; `None` reads the user's file.
    pub settings: Option<Settings>,
    /// The models; `None` scans the models folders.
    pub registry: Option<ModelRegistry>,
    /// Loads the models.
    pub loader: Arc<dyn EngineLoader>,
    /// The keys of remote engines; the loader needs the same.
    pub keys: Keys,
    /// Measures memory.
    pub probe: Arc<dyn MemoryProbe>,
    /// What the models run on.
    pub host: Host,
    /// The server that new models are downloaded from.
    pub hub: Hub,
    /// Measures the room on the disk for new models.
    pub free_space: SpaceProbe,
}

impl ServiceOptions {
    /// The real loader, keyring and machine, with these folders.
    pub fn new(paths: Paths) -> Self {
        Self {
            paths,
            settings: None,
            registry: None,
            loader: Arc::new(Loader::default()),
            keys: Keys::default(),
            probe: Arc::new(SystemProbe::default()),
            host: Host::Threads,
            hub: Hub::from_environment(),
            free_space: install::free_bytes,
        }
    }
}

impl CompletionService {
    /// Starts the service on the current tokio runtime, and the loading of its first model. Returns
    /// at once.
    pub fn start(options: ServiceOptions) -> Self {
        panics::hide_messages_of_models();
        options.paths.make_private();
        let (hub, free_space) = (options.hub.clone(), options.free_space);
        let keys = options.keys.clone();
        let (context, on_disk) = context(options);
        context.list_remote();
        context.projects.set_folders(context.settings().projects.folders);
        let settings = context.settings();
        if settings.cache.keep_on_disk {
            let file = context.paths.cache_file();
            context.completions.restore(&file, &context.installed_models());
        }
        let budget = budget_bytes(settings.memory.budget_mb, context.probe.read().headroom_bytes);
        let (pool, loads) = ModelPool::new(Arc::new(context), budget);
        let stop = Arc::new(Notify::new());
        let loading = tokio::spawn(load_in_turn(pool.clone(), loads));
        let maintenance = tokio::spawn(maintenance::run(pool.clone(), Arc::clone(&stop)));
        let service = Self(Arc::new(Inner {
            installer: installer(&pool, hub, free_space),
            pool,
            queue: Queue::new(settings.queue.concurrency, settings.queue.capacity),
            keys,
            next_id: AtomicU64::new(1),
            untold_problem: Mutex::new(on_disk.problem.clone()),
            settings_problem: Mutex::new(on_disk.problem),
            preparing: Mutex::new(None),
            on_disk: AsyncMutex::new(on_disk.settings),
            rescanning: AsyncMutex::new(()),
            stop,
            following: Mutex::default(),
            tasks: AsyncMutex::new(vec![loading, maintenance]),
        }));
        let following = tokio::spawn(follow_file(Arc::downgrade(&service.0)));
        *lock(&service.0.following) = Some(following.abort_handle());
        service.load_wanted();
        service
    }
}

/// An installer that loads its models as the service does.
fn installer(pool: &ModelPool, hub: Hub, free_space: SpaceProbe) -> Installer {
    let context = pool.context();
    let options = InstallerOptions { paths: context.paths.clone(), hub, free_space };
    let store = Arc::new(ServiceMeasurements(pool.clone()));
    let loader = Arc::clone(&context.loader);
    Installer::new(options, Arc::new(EngineLoadTest { loader, host: context.host, store }))
}

/// What all parts share, and what was read of the settings file.
fn context(options: ServiceOptions) -> (Context, Loaded) {
    let ServiceOptions { paths, settings, registry, loader, probe, host, .. } = options;
    let on_disk = SettingsFile::new(&paths.settings_file()).load();
    let settings = settings.unwrap_or_else(|| on_disk.settings.clone());
    let catalog = ModelCatalog::built_in();
    let registry = registry.unwrap_or_else(|| ModelRegistry::scan(&paths.models, &catalog));
    let completions = CompletionStore::new(cache_limits(&settings));
    let (events, metrics) = (Events::new(), MetricsRecorder::default());
    let breakers = CircuitBreakers::new(BreakerConfig::default(), events.clone(), metrics.clone());
    let context = Context {
        measurements: SharedProfile::open(paths.profile_file(), settings.models.threads),
        confidence: LoadedModels::default(),
        configuration: Configuration::new(settings, registry),
        kept: KeptWatch::open(paths.kept_file()),
        paths,
        catalog,
        loader,
        probe,
        host,
        events,
        breakers,
        metrics,
        completions,
        projects: Arc::default(),
    };
    (context, on_disk)
}

/// How many completions are remembered, by the settings.
pub(super) fn cache_limits(settings: &Settings) -> CacheLimits {
    CacheLimits { max_bytes: settings.cache.max_kb * 1024, max_age: settings.cache.max_age() }
}
