//! [`Status`]: how the service is, at one moment.

use tokio::time::Instant;

use crate::breaker::BreakerState;
use crate::catalog::{ModelId, Tier};
use crate::context::{Context, lock};
use crate::events::ModelState;
use crate::memory::Pressure;
use crate::pool::ModelPool;
use crate::profile::Measured;
use crate::registry::{BrokenModel, InstalledModel};
use crate::settings::{RemoteEngine, RemoteKind};

/// How the service is.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The installed models, the small ones first.
    pub models: Vec<ModelStatus>,
    /// Folders that look like models and cannot be used.
    pub broken: Vec<BrokenModel>,
    /// What models may take.
    pub budget_bytes: u64,
    /// What they take.
    pub used_bytes: u64,
    /// How short of memory the machine is.
    pub pressure: Pressure,
    /// Completions that are remembered.
    pub n_cached: usize,
    /// What they take.
    pub cached_bytes: usize,
    /// What was wrong with the settings file at the start.
    pub settings_problem: Option<String>,
}

/// How one model is.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelStatus {
    /// Its id.
    pub id: ModelId,
    /// What people call it.
    pub name: String,
    /// Its rank.
    pub tier: Tier,
    /// Where it is.
    pub state: ModelState,
    /// Its files.
    pub disk_bytes: u64,
    /// What it takes now; `None` if it is not in memory.
    pub resident_bytes: Option<u64>,
    /// What was measured of it on this machine.
    pub measured: Measured,
    /// Where its breaker stands.
    pub breaker: BreakerState,
    /// Whether its breaker would let a request through now.
    pub is_admitted: bool,
    /// Loaded first, and never unloaded for idleness.
    pub is_default: bool,
    /// Answers always.
    pub is_pinned: bool,
    /// Where the code goes if it is asked; `None` for a model of this machine.
    pub remote: Option<RemoteInfo>,
}

/// A model of another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteInfo {
    /// Its address.
    pub url: String,
    /// The machine, for people.
    pub host: String,
    /// How it is asked.
    pub kind: RemoteKind,
}

impl From<&RemoteEngine> for RemoteInfo {
    fn from(engine: &RemoteEngine) -> Self {
        Self { url: engine.url.clone(), host: engine.host().to_owned(), kind: engine.kind }
    }
}

pub(crate) fn read(context: &Context, pool: &ModelPool, settings_problem: Option<&str>) -> Status {
    let registry = lock(&context.registry).clone();
    let (budget_bytes, used_bytes, pressure) = pool.memory();
    let (n_cached, cached_bytes) = {
        let cache = lock(&context.cache);
        (cache.len(), cache.size_bytes())
    };
    Status {
        models: registry
            .installed()
            .iter()
            .map(|model| model_status(context, pool, model))
            .collect(),
        broken: registry.broken().to_vec(),
        budget_bytes,
        used_bytes,
        pressure,
        n_cached,
        cached_bytes,
        settings_problem: settings_problem.map(str::to_owned),
    }
}

fn model_status(context: &Context, pool: &ModelPool, model: &InstalledModel) -> ModelStatus {
    let id = model.id.clone();
    let breaker = context.breakers.state(&id);
    let resident = pool.residents().into_iter().find(|resident| resident.id == id);
    ModelStatus {
        name: context.catalog.get(&id).map_or_else(|| id.to_string(), |spec| spec.name.clone()),
        tier: model.tier,
        state: pool.state(&id),
        disk_bytes: model.disk_bytes,
        resident_bytes: resident.map(|resident| resident.bytes),
        measured: lock(&context.profile).get(model),
        breaker,
        is_admitted: breaker.admits(Instant::now()),
        is_default: context.default_model().as_ref() == Some(&id),
        is_pinned: context.pinned_model().as_ref() == Some(&id),
        remote: model.remote.as_ref().map(RemoteInfo::from),
        id,
    }
}
