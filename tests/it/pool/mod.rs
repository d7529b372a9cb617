//! Models in memory: loading, eviction, pressure and hard limits.

mod loading;
mod memory;
mod memory_limit;
