//! [`Status`]: the state of the service at one moment.

use serde::Serialize;
use tokio::time::Instant;

use crate::calibration::Measured;
use crate::pool::breakers::BreakerState;
use crate::pool::memory::Pressure;
use crate::pool::{ModelPool, ModelState};
use crate::settings::RemoteEngine;
use pounce_models::catalog::{ModelId, Tier};
use pounce_models::registry::{BrokenModel, InstalledModel};

/// The state of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The installed models, the small ones first.
    pub models: Vec<ModelStatus>,
    /// Folders that look like models and cannot be used.
    pub broken: Vec<BrokenModel>,
    /// Bytes that all models may take.
    pub budget_bytes: u64,
    /// Bytes that all models take.
    pub used_bytes: u64,
    /// How short of memory the machine is.
    pub pressure: Pressure,
    /// Number of completions that are remembered.
    pub n_cached: usize,
    /// Bytes that they take.
    pub cached_bytes: usize,
    /// What was wrong with the settings file at the start.
    pub settings_problem: Option<String>,
}

/// The state of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelStatus {
    /// The id in catalogue, settings and status.
    pub id: ModelId,
    /// The name to show.
    pub name: String,
    /// Its rank among the models, by size and quality.
    pub tier: Tier,
    /// Where it is on its way into memory.
    pub state: ModelState,
    /// Bytes of its files.
    pub disk_bytes: u64,
    /// Bytes that it takes now; `None` if it is not in memory.
    pub resident_bytes: Option<u64>,
    /// What was measured of it on this machine.
    pub measured: Measured,
    /// The state of its circuit breaker.
    pub breaker: BreakerState,
    /// Whether its breaker would let a request through now.
    pub is_admitted: bool,
    /// Whether it is loaded first, and never unloaded for idleness.
    pub is_default: bool,
    /// Whether the user has pinned it to answer every request.
    pub is_pinned: bool,
    /// Where the code goes if it is asked; `None` for a model of this machine.
    pub remote: Option<RemoteInfo>,
}

/// A model of another machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RemoteInfo {
    /// The address of the server.
    pub url: String,
    /// The name of the machine that the code goes to, for people.
    pub host: String,
    /// Whether `host` is another machine than this one.
    pub leaves_machine: bool,
}

impl From<&RemoteEngine> for RemoteInfo {
    fn from(engine: &RemoteEngine) -> Self {
        Self {
            url: engine.url.clone(),
            host: engine.host().to_owned(),
            leaves_machine: !engine.is_loopback(),
        }
    }
}

impl Status {
    /// Reads the state of a service.
    pub(super) fn read(pool: &ModelPool, settings_problem: Option<String>) -> Self {
        let context = pool.context();
        let (budget_bytes, used_bytes, pressure) = pool.memory();
        let (n_cached, cached_bytes) = context.completions.size();
        let installed = context.installed_models();
        Self {
            models: installed.iter().map(|model| ModelStatus::read(pool, model)).collect(),
            broken: context.broken_models(),
            budget_bytes,
            used_bytes,
            pressure,
            n_cached,
            cached_bytes,
            settings_problem,
        }
    }
}

impl ModelStatus {
    fn read(pool: &ModelPool, model: &InstalledModel) -> Self {
        let (context, id) = (pool.context(), model.id.clone());
        let breaker = context.breakers.state(&id);
        let resident = pool.residents().into_iter().find(|resident| resident.id == id);
        Self {
            name: context.catalog.get(&id).map_or_else(|| id.to_string(), |spec| spec.name.clone()),
            tier: model.tier,
            state: pool.state(&id),
            disk_bytes: model.disk_bytes,
            resident_bytes: resident.map(|resident| resident.bytes),
            measured: context.measurements.get(model),
            breaker,
            is_admitted: breaker.admits(Instant::now()),
            is_default: context.default_model().as_ref() == Some(&id),
            is_pinned: context.pinned_model().as_ref() == Some(&id),
            remote: model.remote.as_ref().map(RemoteInfo::from),
            id,
        }
    }
}
