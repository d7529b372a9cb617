//! [`low_priority`]: work that waits for everything else.

/// Gives the calling thread the lowest priority, where the system has one for threads.
pub(super) fn low_priority() {
    /// The lowest priority there is.
    #[cfg(target_os = "linux")]
    const NICE: i32 = 19;
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "projects are read at normal priority");
    }
}
