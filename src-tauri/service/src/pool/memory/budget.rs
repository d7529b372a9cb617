//! The memory budget of all models, and giving freed memory back to the system.

/// The largest budget in bytes, where the user has set none.
const MAX_DEFAULT_BUDGET: u64 = 3 * 1024 * 1024 * 1024;

/// Bytes that all models may take: what the user set, else 3 GB or half of the free memory, whichever
/// is smaller.
pub(crate) fn budget_bytes(set_mb: Option<u64>, available_bytes: u64) -> u64 {
    set_mb.map_or_else(|| MAX_DEFAULT_BUDGET.min(available_bytes / 2), |mb| mb * 1024 * 1024)
}

/// Has the allocator give freed memory back to the system; glibc would keep that of an unloaded
/// model. Takes tens of milliseconds with a large heap.
pub(crate) async fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    pounce_models::sync::spawn_blocking(|| {
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
