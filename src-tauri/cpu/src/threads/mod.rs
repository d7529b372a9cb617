//! Threads that work on one prompt or one token together, and wait for one another by spinning.

pub(crate) mod barrier_pool;
pub(crate) mod contention;
pub(crate) mod locks;
pub(crate) mod phase_pool;
mod spin;
