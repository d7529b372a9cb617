//! [`PoolState`]: where each model is, and which ones are unloaded for another. It is changed under
//! the pool's lock and does nothing itself.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::memory::{MemoryLedger, Pressure, Readings, Shortage};
use super::model_state::ModelState;
use super::worker::{Job, Worker};
use crate::request::cache::CacheKey;
use crate::routing::Residency;
use pounce_models::catalog::ModelId;

/// A cancelled run that has not stopped after this is called stuck. One decode step of the largest
/// models takes about as long.
pub(crate) const STOP_LIMIT: Duration = Duration::from_millis(100);
/// A stuck run that has not stopped after this is abandoned, with its thread.
pub(crate) const ABANDON_AFTER: Duration = Duration::from_secs(2);
/// Free memory, in bytes, that no load may touch.
const MACHINE_RESERVE: u64 = 64 << 20;

/// Where each model is, and the memory that they take.
pub(super) struct PoolState {
    pub(super) ledger: MemoryLedger,
    pub(super) slots: HashMap<ModelId, Slot>,
    pub(super) readings: Readings,
    pub(super) pressure: Pressure,
}

/// One model's place in the pool.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) state: ModelState,
    /// `None` unless the model is loaded.
    pub(super) worker: Option<Worker>,
    /// When a run was cancelled that has not stopped yet.
    pub(super) stopping_since: Option<Instant>,
    /// The prompt that it has read last.
    pub(super) read: Option<CacheKey>,
}

impl Slot {
    /// Whether `jobs` go to the worker that is here now, not to one before it.
    pub(super) fn is_served_by(&self, jobs: &mpsc::UnboundedSender<Job>) -> bool {
        self.worker.as_ref().is_some_and(|worker| worker.jobs().same_channel(jobs))
    }
}

impl PoolState {
    /// No model in memory, with a budget in bytes.
    pub(super) fn new(budget: u64, readings: Readings) -> Self {
        Self {
            ledger: MemoryLedger::new(budget),
            slots: HashMap::new(),
            readings,
            pressure: Pressure::of(&readings),
        }
    }

    /// Where a model is, as the router asks for it.
    pub(super) fn residency(&self, id: &ModelId, expected_bytes: u64, now: Instant) -> Residency {
        let slot = self.slots.get(id);
        let is_stuck =
            slot.and_then(|slot| slot.stopping_since).is_some_and(|since| now - since > STOP_LIMIT);
        match slot.map(|slot| &slot.state) {
            Some(ModelState::Warm) if is_stuck => Residency::Stuck,
            Some(ModelState::Warm) => Residency::Resident,
            Some(ModelState::Queued | ModelState::Loading) => Residency::Loading,
            // A failed load is tried again as soon as its breaker allows, so it counts as absent.
            Some(ModelState::Absent | ModelState::Failed { .. }) | None => {
                self.absence(expected_bytes)
            }
        }
    }

    /// Whether a model in memory has read this prompt last.
    pub(super) fn has_read(&self, id: &ModelId, prompt: Option<CacheKey>) -> bool {
        self.slots.get(id).is_some_and(|slot| slot.worker.is_some() && slot.read == prompt)
    }

    fn absence(&self, expected_bytes: u64) -> Residency {
        match self.plan_eviction(expected_bytes) {
            Ok(evicted) if evicted.is_empty() => Residency::Absent,
            Ok(_) => Residency::AbsentNeedsEviction,
            Err(shortage) => Residency::DoesNotFit(shortage),
        }
    }

    /// The models to evict so that one of `bytes` fits the budget and the machine.
    pub(super) fn plan_eviction(&self, bytes: u64) -> Result<Vec<ModelId>, Shortage> {
        // A server takes no memory, and is most useful where there is none.
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let over_budget = self.ledger.excess_with(bytes)?;
        let spare = spare_bytes(&self.readings);
        let missing = bytes.saturating_sub(spare);
        let evicted = self.ledger.models_to_evict(over_budget.max(missing));
        let available = spare + self.ledger.bytes_of(&evicted);
        if self.pressure > Pressure::None {
            return Err(Shortage::Pressure { needed: bytes });
        }
        if bytes > available {
            return Err(Shortage::Machine { needed: bytes, available });
        }
        Ok(evicted)
    }

    /// Bytes that one more model may take now without an eviction.
    pub(super) fn room_bytes(&self, readings: &Readings) -> u64 {
        let within_budget = self.ledger.budget().saturating_sub(self.ledger.used());
        spare_bytes(readings).min(within_budget)
    }
}

/// Bytes that models may still take from the machine.
fn spare_bytes(readings: &Readings) -> u64 {
    readings.headroom_bytes.saturating_sub(MACHINE_RESERVE)
}
