//! [`MemoryLedger`]: which models are in memory, and who has to leave for another. Pure
//! bookkeeping: it is told the time and loads nothing.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

use crate::catalog::ModelId;

/// One model in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Resident {
    /// Its id.
    pub id: ModelId,
    /// As measured; while it is loading, as expected.
    pub bytes: u64,
    /// When a run of it last began or ended.
    pub last_used: Instant,
    /// Runs that are going on, and the load while it lasts: it cannot leave.
    pub n_users: usize,
    /// The user wants it to stay.
    pub is_pinned: bool,
    /// It stays when idle, and is the last to leave if room is needed.
    pub is_default: bool,
}

impl Resident {
    /// What takes nothing, a server, would free nothing.
    fn may_leave(&self) -> bool {
        self.n_users == 0 && !self.is_pinned && self.bytes > 0
    }
}

/// Why a model cannot be loaded, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    /// The budget would be exceeded even with every model gone that may go.
    Budget {
        /// What the model takes.
        needed: u64,
        /// What all models may take.
        budget: u64,
        /// What models take that cannot leave: in use, pinned, or lost to a stuck run.
        held: u64,
    },
    /// The machine has less free memory than the model takes.
    Machine {
        /// What the model takes.
        needed: u64,
        /// What is free, less a reserve.
        available: u64,
    },
    /// The machine is short of memory: nothing is loaded until it is not.
    Pressure {
        /// What the model takes.
        needed: u64,
    },
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mb = |bytes: &u64| bytes.div_ceil(1024 * 1024);
        match self {
            Self::Budget { needed, budget, held } => write!(
                f,
                "it takes {} MB, and of the budget of {} MB {} MB are held by models in use or pinned; \
                 raise the memory budget or unload a model",
                mb(needed),
                mb(budget),
                mb(held)
            ),
            Self::Machine { needed, available } => write!(
                f,
                "it takes {} MB and the machine has {} MB to spare; close other programs",
                mb(needed),
                mb(available)
            ),
            Self::Pressure { needed } => write!(
                f,
                "it takes {} MB and the machine is short of memory; close other programs",
                mb(needed)
            ),
        }
    }
}

/// The models in memory against the budget. The sum never exceeds it by a load.
#[derive(Debug, Clone)]
pub struct MemoryLedger {
    budget: u64,
    residents: Vec<Resident>,
    /// Memory of models whose threads never came back: it is gone until the program ends.
    lost_bytes: u64,
}

impl MemoryLedger {
    /// Nothing in memory.
    pub fn new(budget: u64) -> Self {
        Self { budget, residents: Vec::new(), lost_bytes: 0 }
    }

    /// What all models may take.
    pub fn budget(&self) -> u64 {
        self.budget
    }

    /// What all models take, the lost ones included.
    pub fn used(&self) -> u64 {
        self.lost_bytes + self.residents.iter().map(|resident| resident.bytes).sum::<u64>()
    }

    /// The models in memory, in the order of their loading.
    pub fn residents(&self) -> &[Resident] {
        &self.residents
    }

    /// One model in memory.
    pub fn get(&self, id: &ModelId) -> Option<&Resident> {
        self.residents.iter().find(|resident| resident.id == *id)
    }

    /// How many bytes models have to free so that one of `bytes` fits.
    ///
    /// # Errors
    /// [`Shortage::Budget`] if it would not fit with all of them gone.
    pub fn excess_with(&self, bytes: u64) -> Result<u64, Shortage> {
        let held = self.held();
        if held + bytes > self.budget {
            return Err(Shortage::Budget { needed: bytes, budget: self.budget, held });
        }
        Ok((self.used() + bytes).saturating_sub(self.budget))
    }

    /// Models that may leave and together free that many bytes: the least recently used first, the
    /// default one last, and nobody who need not. All that may leave, if they do not free as much.
    pub fn leavers_worth(&self, bytes: u64) -> Vec<ModelId> {
        self.leavers_but(bytes, None)
    }

    /// What these models take together.
    pub fn bytes_of(&self, ids: &[ModelId]) -> u64 {
        ids.iter().filter_map(|id| self.get(id)).map(|resident| resident.bytes).sum()
    }

    /// Puts a model into the books as being loaded, with one user: its load.
    pub fn reserve(&mut self, id: ModelId, bytes: u64, now: Instant) {
        self.remove(&id);
        let resident =
            Resident { id, bytes, last_used: now, n_users: 1, is_pinned: false, is_default: false };
        self.residents.push(resident);
    }

    /// Corrects a model's size to what was measured. Who has to leave if that is too much; the
    /// model itself comes last, and only if no other can.
    pub fn correct(&mut self, id: &ModelId, bytes: u64) -> Vec<ModelId> {
        if let Some(resident) = self.get_mut(id) {
            resident.bytes = bytes;
        }
        let excess = self.used().saturating_sub(self.budget);
        let others: u64 =
            self.residents.iter().filter(|r| r.may_leave() && r.id != *id).map(|r| r.bytes).sum();
        if excess > others { vec![id.clone()] } else { self.leavers_but(excess, Some(id)) }
    }

    /// Takes a model out of the books; what it took.
    pub fn remove(&mut self, id: &ModelId) -> Option<Resident> {
        let at = self.residents.iter().position(|resident| resident.id == *id)?;
        Some(self.residents.remove(at))
    }

    /// Takes a model out whose memory does not come back, or not yet; what it took.
    pub fn lose(&mut self, id: &ModelId) -> u64 {
        let bytes = self.remove(id).map_or(0, |resident| resident.bytes);
        self.lost_bytes += bytes;
        bytes
    }

    /// Memory that was given up for lost has come back after all.
    pub fn recover(&mut self, bytes: u64) {
        self.lost_bytes = self.lost_bytes.saturating_sub(bytes);
    }

    /// A run begins: the model cannot leave.
    pub fn begin_use(&mut self, id: &ModelId, now: Instant) {
        if let Some(resident) = self.get_mut(id) {
            resident.n_users += 1;
            resident.last_used = now;
        }
    }

    /// A run or the load has ended.
    pub fn end_use(&mut self, id: &ModelId, now: Instant) {
        if let Some(resident) = self.get_mut(id) {
            resident.n_users = resident.n_users.saturating_sub(1);
            resident.last_used = now;
        }
    }

    /// Marks what the user wants to keep; nothing else keeps its mark.
    pub fn mark(&mut self, pinned: Option<&ModelId>, default: Option<&ModelId>) {
        for resident in &mut self.residents {
            resident.is_pinned = pinned == Some(&resident.id);
            resident.is_default = default == Some(&resident.id);
        }
    }

    /// Changes the budget; who has to leave for it.
    pub fn set_budget(&mut self, budget: u64) -> Vec<ModelId> {
        self.budget = budget;
        self.leavers_worth(self.used().saturating_sub(budget))
    }

    /// Models that nobody has used for `limit`, but neither the default nor pinned ones.
    pub fn idle(&self, limit: Duration, now: Instant) -> Vec<ModelId> {
        let is_idle = |r: &&Resident| {
            !r.is_default && r.may_leave() && now.duration_since(r.last_used) >= limit
        };
        self.residents.iter().filter(is_idle).map(|resident| resident.id.clone()).collect()
    }

    /// Models that can leave when the machine is short of memory; the default one only if `all`.
    pub fn sheddable(&self, all: bool) -> Vec<ModelId> {
        let may_go = |r: &&Resident| r.may_leave() && (all || !r.is_default);
        self.residents.iter().filter(may_go).map(|resident| resident.id.clone()).collect()
    }

    /// Bytes that no eviction can free.
    fn held(&self) -> u64 {
        let staying = self.residents.iter().filter(|resident| !resident.may_leave());
        self.lost_bytes + staying.map(|resident| resident.bytes).sum::<u64>()
    }

    fn leavers_but(&self, excess: u64, spared: Option<&ModelId>) -> Vec<ModelId> {
        let may_go = |r: &&Resident| r.may_leave() && spared != Some(&r.id);
        let mut leaving: Vec<&Resident> = self.residents.iter().filter(may_go).collect();
        leaving.sort_by_key(|resident| (resident.is_default, resident.last_used));
        let mut freed = 0;
        leaving.retain(|resident| {
            let is_needed = freed < excess;
            freed += if is_needed { resident.bytes } else { 0 };
            is_needed
        });
        // Where a large one has to go, a small one that was chosen before it may stay after all.
        let mut staying = Vec::new();
        for resident in leaving.iter().rev() {
            if freed.saturating_sub(resident.bytes) >= excess {
                freed -= resident.bytes;
                staying.push(&resident.id);
            }
        }
        let ids = leaving.iter().map(|resident| &resident.id);
        ids.filter(|id| !staying.contains(id)).cloned().collect()
    }

    fn get_mut(&mut self, id: &ModelId) -> Option<&mut Resident> {
        self.residents.iter_mut().find(|resident| resident.id == *id)
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
