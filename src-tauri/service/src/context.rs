//! [`Context`]: what all parts of the service share. Every lock is held for a few lines and never
//! across an await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker_board::BreakerBoard;
use crate::cache::CompletionCache;
use crate::catalog::{ModelCatalog, ModelId};
use crate::engine::EngineLoader;
use crate::events::Events;
use crate::memory::{MemoryProbe, Readings};
use crate::metrics::{Counter, Metrics};
use crate::paths::Paths;
use crate::profile::Profile;
use crate::recents::Recents;
use crate::registry::{InstalledModel, ModelRegistry};
use crate::router::Site;
use crate::settings::Settings;
use crate::storage::off_the_runtime;
use crate::worker::Host;

/// What all parts of the service share.
pub(crate) struct Context {
    pub(crate) paths: Paths,
    pub(crate) catalog: ModelCatalog,
    pub(crate) loader: Arc<dyn EngineLoader>,
    pub(crate) probe: Arc<dyn MemoryProbe>,
    pub(crate) host: Host,
    pub(crate) events: Events,
    pub(crate) breakers: BreakerBoard,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) registry: Mutex<ModelRegistry>,
    pub(crate) metrics: Arc<Mutex<Metrics>>,
    pub(crate) profile: Mutex<Profile>,
    pub(crate) cache: Mutex<CompletionCache>,
    pub(crate) recents: Mutex<Recents>,
}

/// Takes a lock. None of the values is left half changed by a panic, so a poisoned one is fine.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Context {
    pub(crate) fn settings(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub(crate) fn count(&self, counter: Counter) {
        lock(&self.metrics).count(counter);
    }

    pub(crate) fn installed(&self, id: &ModelId) -> Option<InstalledModel> {
        lock(&self.registry).get(id).cloned()
    }

    /// Where a model runs, and whether the user would rather have it there.
    pub(crate) fn site(&self, model: &InstalledModel) -> Site {
        if model.remote.is_none() {
            return Site::Here;
        }
        let is_preferred = lock(&self.settings).remote.prefer;
        if is_preferred || self.default_model().as_ref() == Some(&model.id) {
            Site::RemotePreferred
        } else {
            Site::RemoteInNeed
        }
    }

    /// Puts the servers of the settings beside the models of this disk; none, unless the user has
    /// turned them on. The settings stay as they are meanwhile: whoever turns servers off and lists
    /// them then has the last word.
    pub(crate) fn list_remote(&self) {
        let settings = lock(&self.settings);
        lock(&self.registry).set_remote(settings.remote.active());
    }

    /// Whether code may be sent to where this model runs, by the settings of this moment.
    pub(crate) fn may_be_asked(&self, model: &InstalledModel) -> bool {
        let is_active = |engine| lock(&self.settings).remote.active().contains(engine);
        model.remote.as_ref().is_none_or(is_active)
    }

    /// Looks at the memory.
    pub(crate) async fn read_memory(&self) -> Readings {
        let probe = Arc::clone(&self.probe);
        off_the_runtime(move || probe.read()).await
    }

    /// The model that is loaded first: the user's, else the catalogue's, else the smallest.
    pub(crate) fn default_model(&self) -> Option<ModelId> {
        let wanted = lock(&self.settings).models.default.clone();
        let registry = lock(&self.registry);
        let known = |id: &ModelId| registry.get(id).is_some();
        let wanted = wanted.or_else(|| self.catalog.default_model().cloned()).filter(known);
        wanted.or_else(|| registry.installed().first().map(|model| model.id.clone()))
    }

    /// The model that the user wants to answer always, if it is installed.
    pub(crate) fn pinned_model(&self) -> Option<ModelId> {
        let pinned = lock(&self.settings).models.pinned.clone();
        pinned.filter(|id| lock(&self.registry).get(id).is_some())
    }
}
