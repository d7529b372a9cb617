//! [`Context`]: what all parts of the service share. Each part keeps its own lock, held for a few
//! lines and never across an await.

use std::sync::{Arc, Mutex};

use crate::calibration::SharedProfile;
use crate::confidence::{ConfidenceModel, LoadedModels};
use crate::engines::EngineLoader;
use crate::events::Events;
use crate::kept::KeptWatch;
use crate::metrics::{Counter, MetricsRecorder};
use crate::pool::breakers::CircuitBreakers;
use crate::pool::memory::{MemoryProbe, Readings};
use crate::pool::worker::Host;
use crate::request::cache::CompletionStore;
use crate::routing::Location;
use crate::settings::Settings;
use pounce_models::catalog::{ContextQuality, ModelCatalog, ModelId};
use pounce_models::paths::Paths;
use pounce_models::registry::{BrokenModel, InstalledModel, ModelRegistry};
use pounce_models::sync::{lock, spawn_blocking};
use pounce_project::Projects;

/// What all parts of the service share.
pub(crate) struct Context {
    pub(crate) paths: Paths,
    pub(crate) catalog: ModelCatalog,
    pub(crate) loader: Arc<dyn EngineLoader>,
    pub(crate) probe: Arc<dyn MemoryProbe>,
    pub(crate) host: Host,
    pub(crate) events: Events,
    pub(crate) breakers: CircuitBreakers,
    pub(crate) metrics: MetricsRecorder,
    pub(crate) measurements: SharedProfile,
    pub(crate) confidence: LoadedModels,
    pub(crate) completions: CompletionStore,
    pub(crate) projects: Arc<Projects>,
    pub(crate) kept: Arc<KeptWatch>,
    pub(crate) configuration: Configuration,
}

/// The settings in force and the models that are installed. Settings are locked before models.
pub(crate) struct Configuration {
    settings: Mutex<Settings>,
    registry: Mutex<ModelRegistry>,
}

impl Configuration {
    pub(crate) fn new(settings: Settings, registry: ModelRegistry) -> Self {
        Self { settings: settings.into(), registry: registry.into() }
    }
}

impl Context {
    /// A copy of the settings in force.
    pub(crate) fn settings(&self) -> Settings {
        lock(&self.configuration.settings).clone()
    }

    /// Puts other settings in force; returns those before.
    pub(crate) fn replace_settings(&self, new: Settings) -> Settings {
        std::mem::replace(&mut *lock(&self.configuration.settings), new)
    }

    /// What tells how sure a model's completions are: what was fitted to it, when it was made or when it
    /// was assessed here, else what was fitted to the model that comes with the program.
    pub(crate) fn confidence_of(&self, model: &InstalledModel) -> Arc<ConfidenceModel> {
        let assessed = || self.measurements.get(model).assessment?.confidence.map(Arc::new);
        let fitted = self.confidence.of(model).or_else(assessed);
        fitted.unwrap_or_else(|| Arc::new(ConfidenceModel::built_in()))
    }

    /// How good a model is by kind of context: as it was assessed here, else by the catalogue.
    pub(crate) fn quality_of(&self, model: &InstalledModel) -> Option<ContextQuality> {
        let assessed = self.measurements.get(model).assessment.map(|assessment| assessment.quality);
        assessed.or_else(|| self.catalog.get(&model.id)?.quality_by_context)
    }

    /// Counts one event.
    pub(crate) fn count(&self, counter: Counter) {
        self.metrics.count(counter);
    }

    /// An installed model; `None` if there is none of this id.
    pub(crate) fn installed(&self, id: &ModelId) -> Option<InstalledModel> {
        lock(&self.configuration.registry).get(id).cloned()
    }

    /// All installed models, servers that are turned on included.
    pub(crate) fn installed_models(&self) -> Vec<InstalledModel> {
        lock(&self.configuration.registry).installed().to_vec()
    }

    /// Folders that look like models and cannot be used.
    pub(crate) fn broken_models(&self) -> Vec<BrokenModel> {
        lock(&self.configuration.registry).broken().to_vec()
    }

    /// Takes over what a scan of the models folders has found, beside the servers of the settings.
    pub(crate) fn replace_registry(&self, found: ModelRegistry) {
        *lock(&self.configuration.registry) = found;
        self.list_remote();
    }

    /// Lists the servers of the settings beside the models of this disk; none, unless the user has
    /// turned them on. The settings stay locked meanwhile: after a change that turns servers off,
    /// none can be listed by the settings before it.
    pub(crate) fn list_remote(&self) {
        let settings = lock(&self.configuration.settings);
        lock(&self.configuration.registry).set_remote(settings.remote.active());
    }

    /// Where a model runs, and whether the user prefers it there.
    pub(crate) fn location(&self, model: &InstalledModel) -> Location {
        if model.remote.is_none() {
            return Location::Here;
        }
        let is_preferred = lock(&self.configuration.settings).remote.prefer;
        if is_preferred || self.default_model().as_ref() == Some(&model.id) {
            Location::RemotePreferred
        } else {
            Location::RemoteInNeed
        }
    }

    /// Whether code may be sent to where this model runs, by the settings of this moment.
    pub(crate) fn may_be_asked(&self, model: &InstalledModel) -> bool {
        let settings = &self.configuration.settings;
        let is_active = |engine| lock(settings).remote.active().contains(engine);
        model.remote.as_ref().is_none_or(is_active)
    }

    /// Measures the memory of the process and of the machine.
    pub(crate) async fn read_memory(&self) -> Readings {
        let probe = Arc::clone(&self.probe);
        spawn_blocking(move || probe.read()).await
    }

    /// The model that is loaded first: the user's, else the catalogue's, else the smallest.
    pub(crate) fn default_model(&self) -> Option<ModelId> {
        let wanted = lock(&self.configuration.settings).models.default.clone();
        let registry = lock(&self.configuration.registry);
        let known = |id: &ModelId| registry.get(id).is_some();
        let wanted = wanted.or_else(|| self.catalog.default_model().cloned()).filter(known);
        wanted.or_else(|| registry.installed().first().map(|model| model.id.clone()))
    }

    /// The model that the user has pinned to answer every request, if it is installed.
    pub(crate) fn pinned_model(&self) -> Option<ModelId> {
        let pinned = lock(&self.configuration.settings).models.pinned.clone();
        pinned.filter(|id| lock(&self.configuration.registry).get(id).is_some())
    }
}
