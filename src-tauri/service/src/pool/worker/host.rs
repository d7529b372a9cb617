//! [`Host`]: what workers run on.

/// What workers run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// A thread each. Needed by engines that compute.
    Threads,
    /// A task each, for engines that only sleep: fakes under paused time.
    Tasks,
}
