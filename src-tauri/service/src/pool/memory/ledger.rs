//! [`MemoryLedger`]: the models in memory and their sizes, and which of them to evict for another.
//! Pure bookkeeping: the time is passed in, and it loads nothing.

use std::time::Duration;

use tokio::time::Instant;

use pounce_models::catalog::ModelId;
use pounce_models::units::mb;

/// One model in memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resident {
    pub(crate) id: ModelId,
    /// Its measured size; while it is loading, the expected one.
    pub(crate) bytes: u64,
    /// When a run of it last began or ended.
    pub(crate) last_used: Instant,
    /// Runs that are going on, and the load while it lasts: it cannot be evicted meanwhile.
    pub(crate) n_users: usize,
    /// The user has pinned it: it is never evicted.
    pub(crate) is_pinned: bool,
    /// It is never unloaded for idleness, and evicted after all others.
    pub(crate) is_default: bool,
}

impl Resident {
    /// Whether unloading it is possible and frees memory; a server takes none.
    fn is_evictable(&self) -> bool {
        self.n_users == 0 && !self.is_pinned && self.bytes > 0
    }
}

/// Why a model cannot be loaded, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shortage {
    /// The budget would be exceeded even after every possible eviction.
    #[error(
        "it takes {} MB, and of the budget of {} MB {} MB are held by models in use or pinned; \
         raise the memory budget or unload a model",
        mb(*needed), mb(*budget), mb(*held)
    )]
    Budget {
        /// Memory that the model takes.
        needed: u64,
        /// Memory that all models may take.
        budget: u64,
        /// Memory that no eviction frees: of models in use, pinned, or lost to a stuck run, and of the
        /// index of the projects.
        held: u64,
    },
    /// The machine has less free memory than the model takes.
    #[error(
        "it takes {} MB and the machine has {} MB to spare; close other programs",
        mb(*needed), mb(*available)
    )]
    Machine {
        /// Memory that the model takes.
        needed: u64,
        /// Free memory, less a reserve.
        available: u64,
    },
    /// The machine is short of memory: nothing is loaded until it is not.
    #[error("it takes {} MB and the machine is short of memory; close other programs", mb(*needed))]
    Pressure {
        /// Memory that the model takes.
        needed: u64,
    },
}

/// The models in memory. No load makes their sum exceed the budget.
#[derive(Debug, Clone)]
pub(crate) struct MemoryLedger {
    budget: u64,
    residents: Vec<Resident>,
    /// Memory of models whose threads never came back: it stays taken until the program ends.
    abandoned_bytes: u64,
    /// Memory that the index of the user's projects takes.
    index_bytes: u64,
}

impl MemoryLedger {
    /// Nothing in memory.
    pub(crate) fn new(budget: u64) -> Self {
        Self { budget, residents: Vec::new(), abandoned_bytes: 0, index_bytes: 0 }
    }

    /// Bytes that all models may take.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// Bytes that all models take, abandoned ones and the index of the projects included.
    pub(crate) fn used(&self) -> u64 {
        self.abandoned_bytes
            + self.index_bytes
            + self.residents.iter().map(|resident| resident.bytes).sum::<u64>()
    }

    /// The models in memory, in the order of their loading.
    pub(crate) fn residents(&self) -> &[Resident] {
        &self.residents
    }

    /// One model; `None` if it is not in memory.
    pub(crate) fn get(&self, id: &ModelId) -> Option<&Resident> {
        self.residents.iter().find(|resident| resident.id == *id)
    }

    /// Returns how many bytes have to be freed so that a model of `bytes` fits the budget.
    ///
    /// # Errors
    /// [`Shortage::Budget`] if it does not fit even after every possible eviction.
    pub(crate) fn excess_with(&self, bytes: u64) -> Result<u64, Shortage> {
        let held = self.held();
        if held + bytes > self.budget {
            return Err(Shortage::Budget { needed: bytes, budget: self.budget, held });
        }
        Ok((self.used() + bytes).saturating_sub(self.budget))
    }

    /// The models to evict to free `bytes`: the least recently used first, the default one last, and
    /// no more than necessary. All that can be evicted, if they do not free as much.
    pub(crate) fn models_to_evict(&self, bytes: u64) -> Vec<ModelId> {
        self.evict_except(bytes, None)
    }

    /// Bytes that these models take together.
    pub(crate) fn bytes_of(&self, ids: &[ModelId]) -> u64 {
        ids.iter().filter_map(|id| self.get(id)).map(|resident| resident.bytes).sum()
    }

    /// Enters a model that is being loaded, with one user: its load.
    pub(crate) fn reserve(&mut self, id: ModelId, bytes: u64, now: Instant) {
        self.remove(&id);
        let resident =
            Resident { id, bytes, last_used: now, n_users: 1, is_pinned: false, is_default: false };
        self.residents.push(resident);
    }

    /// Corrects a model's size to the measured one. Returns the models to evict if the budget is
    /// exceeded; the model itself only if the others do not free enough.
    pub(crate) fn correct(&mut self, id: &ModelId, bytes: u64) -> Vec<ModelId> {
        if let Some(resident) = self.get_mut(id) {
            resident.bytes = bytes;
        }
        let excess = self.used().saturating_sub(self.budget);
        let others: u64 = self
            .residents
            .iter()
            .filter(|r| r.is_evictable() && r.id != *id)
            .map(|r| r.bytes)
            .sum();
        if excess > others { vec![id.clone()] } else { self.evict_except(excess, Some(id)) }
    }

    /// Removes a model, and returns its entry.
    pub(crate) fn remove(&mut self, id: &ModelId) -> Option<Resident> {
        let at = self.residents.iter().position(|resident| resident.id == *id)?;
        Some(self.residents.remove(at))
    }

    /// Removes a model whose memory is not freed, or not yet. Returns the bytes, which stay counted.
    pub(crate) fn abandon(&mut self, id: &ModelId) -> u64 {
        let bytes = self.remove(id).map_or(0, |resident| resident.bytes);
        self.abandoned_bytes += bytes;
        bytes
    }

    /// Abandoned memory of this many bytes has been freed after all.
    pub(crate) fn recover(&mut self, bytes: u64) {
        self.abandoned_bytes = self.abandoned_bytes.saturating_sub(bytes);
    }

    /// A run begins: the model cannot be evicted.
    pub(crate) fn begin_use(&mut self, id: &ModelId, now: Instant) {
        if let Some(resident) = self.get_mut(id) {
            resident.n_users += 1;
            resident.last_used = now;
        }
    }

    /// A run or the load has ended.
    pub(crate) fn end_use(&mut self, id: &ModelId, now: Instant) {
        if let Some(resident) = self.get_mut(id) {
            resident.n_users = resident.n_users.saturating_sub(1);
            resident.last_used = now;
        }
    }

    /// Marks the pinned and the default model; all others lose their marks.
    pub(crate) fn mark(&mut self, pinned: Option<&ModelId>, default: Option<&ModelId>) {
        for resident in &mut self.residents {
            resident.is_pinned = pinned == Some(&resident.id);
            resident.is_default = default == Some(&resident.id);
        }
    }

    /// Changes the budget, in bytes; returns the models to evict for it.
    pub(crate) fn set_budget(&mut self, budget: u64) -> Vec<ModelId> {
        self.budget = budget;
        self.models_to_evict(self.used().saturating_sub(budget))
    }

    /// Counts the memory of the index of the projects, in bytes; returns the models to evict for it.
    pub(crate) fn set_index_bytes(&mut self, bytes: u64) -> Vec<ModelId> {
        self.index_bytes = bytes;
        self.models_to_evict(self.used().saturating_sub(self.budget))
    }

    /// Models that were not used for `limit`, except the default and pinned ones.
    pub(crate) fn idle(&self, limit: Duration, now: Instant) -> Vec<ModelId> {
        let is_idle = |r: &&Resident| {
            !r.is_default && r.is_evictable() && now.duration_since(r.last_used) >= limit
        };
        self.residents.iter().filter(is_idle).map(|resident| resident.id.clone()).collect()
    }

    /// Models to unload when the machine is short of memory; the default one only if `all`.
    pub(crate) fn dispensable(&self, all: bool) -> Vec<ModelId> {
        let is_candidate = |r: &&Resident| r.is_evictable() && (all || !r.is_default);
        self.residents.iter().filter(is_candidate).map(|resident| resident.id.clone()).collect()
    }

    /// Bytes that no eviction can free.
    fn held(&self) -> u64 {
        let staying = self.residents.iter().filter(|resident| !resident.is_evictable());
        self.abandoned_bytes
            + self.index_bytes
            + staying.map(|resident| resident.bytes).sum::<u64>()
    }

    fn evict_except(&self, excess: u64, spared: Option<&ModelId>) -> Vec<ModelId> {
        let is_candidate = |r: &&Resident| r.is_evictable() && spared != Some(&r.id);
        let mut to_evict: Vec<&Resident> = self.residents.iter().filter(is_candidate).collect();
        to_evict.sort_by_key(|resident| (resident.is_default, resident.last_used));
        let mut freed = 0;
        to_evict.retain(|resident| {
            let is_needed = freed < excess;
            freed += if is_needed { resident.bytes } else { 0 };
            is_needed
        });
        // If a large model is evicted, a small one that was chosen before it may not be needed.
        let mut staying = Vec::new();
        for resident in to_evict.iter().rev() {
            if freed.saturating_sub(resident.bytes) >= excess {
                freed -= resident.bytes;
                staying.push(&resident.id);
            }
        }
        let ids = to_evict.iter().map(|resident| &resident.id);
        ids.filter(|id| !staying.contains(id)).cloned().collect()
    }

    fn get_mut(&mut self, id: &ModelId) -> Option<&mut Resident> {
        self.residents.iter_mut().find(|resident| resident.id == *id)
    }
}

#[cfg(test)]
mod tests;
