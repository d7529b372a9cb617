//! Starting a service: what it is made of.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tokio::sync::{Mutex as AsyncMutex, Notify};

use super::models::ServiceMeasurements;
use super::{CompletionService, Inner};
use crate::breaker::BreakerConfig;
use crate::breaker_board::BreakerBoard;
use crate::cache::{CacheLimits, CompletionCache};
use crate::catalog::ModelCatalog;
use crate::context::Context;
use crate::engine::{EngineLoader, Loader};
use crate::events::Events;
use crate::install::{self, EngineLoadTest, Hub, Installer, InstallerOptions, SpaceProbe};
use crate::janitor;
use crate::keys::Keys;
use crate::memory::{MemoryProbe, SystemProbe, budget_bytes};
use crate::metrics::Metrics;
use crate::panics;
use crate::paths::Paths;
use crate::pool::ModelPool;
use crate::profile::Profile;
use crate::queue::Queue;
use crate::registry::ModelRegistry;
use crate::settings::{Settings, SettingsFile};
use crate::worker::Host;

/// What a service is made of.
pub struct ServiceOptions {
    /// Where it reads and writes.
    pub paths: Paths,
    /// The settings; `None` reads the user's file.
    pub settings: Option<Settings>,
    /// The models; `None` looks into the models folders.
    pub registry: Option<ModelRegistry>,
    /// What loads them.
    pub loader: Arc<dyn EngineLoader>,
    /// Where the keys of remote engines are kept; the loader has the same.
    pub keys: Keys,
    /// What measures memory.
    pub probe: Arc<dyn MemoryProbe>,
    /// What they run on.
    pub host: Host,
    /// Where new models are downloaded from.
    pub hub: Hub,
    /// What tells how much room the disk has for new ones.
    pub free_space: SpaceProbe,
}

impl ServiceOptions {
    /// The real thing, in these folders.
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
        let (hub, free_space) = (options.hub.clone(), options.free_space);
        let keys = options.keys.clone();
        let (context, settings_problem) = context(options);
        context.list_remote();
        let context = Arc::new(context);
        let settings = context.settings();
        let budget = budget_bytes(settings.memory.budget_mb, context.probe.read().headroom_bytes);
        let (pool, loading) = ModelPool::new(Arc::clone(&context), budget);
        let installer = installer(&pool, hub, free_space);
        let queue = Queue::new(settings.queue.concurrency, settings.queue.capacity);
        let stop = Arc::new(Notify::new());
        let rounds = janitor::make_rounds(Arc::clone(&context), pool.clone(), Arc::clone(&stop));
        let tasks = AsyncMutex::new(vec![tokio::spawn(loading), tokio::spawn(rounds)]);
        let next_id = AtomicU64::new(1);
        let preparing = Mutex::new(None);
        let service = Self(Arc::new(Inner {
            context,
            pool,
            queue,
            installer,
            keys,
            next_id,
            untold_problem: Mutex::new(settings_problem.clone()),
            settings_problem,
            preparing,
            changing_settings: AsyncMutex::new(()),
            rescanning: AsyncMutex::new(()),
            stop,
            tasks,
        }));
        service.load_wanted();
        service
    }
}

/// An installer that has its models loaded as the service does.
fn installer(pool: &ModelPool, hub: Hub, free_space: SpaceProbe) -> Installer {
    let context = pool.context();
    let options = InstallerOptions { paths: context.paths.clone(), hub, free_space };
    let store = Arc::new(ServiceMeasurements(pool.clone()));
    let loader = Arc::clone(&context.loader);
    Installer::new(options, Arc::new(EngineLoadTest { loader, host: context.host, store }))
}

/// What all parts share, and what was wrong with the settings.
fn context(options: ServiceOptions) -> (Context, Option<String>) {
    let ServiceOptions { paths, settings, registry, loader, probe, host, .. } = options;
    let (settings, problem) = match settings {
        Some(settings) => (settings, None),
        None => {
            let loaded = SettingsFile::new(&paths.settings_file()).load();
            (loaded.settings, loaded.problem)
        }
    };
    let catalog = ModelCatalog::built_in();
    let registry = registry.unwrap_or_else(|| ModelRegistry::scan(&paths.models, &catalog));
    let mut cache = CompletionCache::new(cache_limits(&settings));
    if settings.cache.keep_on_disk {
        cache.restore(&paths.cache_file(), SystemTime::now());
    }
    let profile = Profile::load(&paths.profile_file(), settings.models.threads);
    let events = Events::new();
    let metrics = Arc::new(Mutex::new(Metrics::new()));
    let breakers =
        BreakerBoard::new(BreakerConfig::default(), events.clone(), Arc::clone(&metrics));
    let context = Context {
        paths,
        catalog,
        loader,
        probe,
        host,
        events,
        breakers,
        settings: settings.into(),
        registry: registry.into(),
        metrics,
        profile: profile.into(),
        cache: cache.into(),
        recents: Mutex::default(),
    };
    (context, problem)
}

/// How much is remembered, by the settings.
pub(super) fn cache_limits(settings: &Settings) -> CacheLimits {
    CacheLimits { max_bytes: settings.cache.max_kb * 1024, max_age: settings.cache.max_age() }
}
