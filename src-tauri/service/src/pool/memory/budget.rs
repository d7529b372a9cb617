//! Memory: how much models may take, who has to go, and how the machine fares.
//!
//! [`MemoryLedger`] decides, [`MemoryProbe`] measures, [`Pressure`] judges the machine. Loading and
//! unloading is done by the pool.

mod ledger;
mod pressure;
mod probe;

pub use ledger::{MemoryLedger, Resident, Shortage};
pub use pressure::{Pressure, Stall};
pub use probe::{MemoryProbe, Readings, SystemProbe};

/// The budget where the user sets none: no more than this, and no more than half of what is free.
const MAX_DEFAULT_BUDGET: u64 = 3 * 1024 * 1024 * 1024;

/// Bytes for models: what the user set, else the smaller of 3 GB and half of the free memory.
pub fn budget_bytes(set_mb: Option<u64>, available_bytes: u64) -> u64 {
    set_mb.map_or_else(|| MAX_DEFAULT_BUDGET.min(available_bytes / 2), |mb| mb * 1024 * 1024)
}

/// Asks the allocator to give freed memory back to the system, so that an unloaded model is really
/// gone. glibc keeps it otherwise. Takes tens of milliseconds with a large heap.
pub(crate) async fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    crate::storage::off_the_runtime(|| {
        // SAFETY: malloc_trim takes no pointer and may be called at any time, from any thread.
        unsafe { libc::malloc_trim(0) }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_the_users_or_the_smaller_of_both() {
        const GB: u64 = 1024 * 1024 * 1024;
        assert_eq!(budget_bytes(None, 16 * GB), 3 * GB, "3 GB on a large machine");
        assert_eq!(budget_bytes(None, 2 * GB), GB, "half of what is free on a small one");
        assert_eq!(budget_bytes(Some(512), 16 * GB), GB / 2, "the user's word counts");
    }
}
