//! The models in memory: a worker for each, the memory that they may take, and the circuit breakers
//! that keep requests from failing ones.

pub(crate) mod breakers;
mod lease;
mod loading;
pub mod memory;
mod model_pool;
mod model_state;
mod state;
mod unloading;
pub(crate) mod worker;

pub use model_state::{ModelState, UnloadReason};

pub(crate) use lease::Lease;
pub(crate) use loading::load_in_turn;
pub(crate) use model_pool::ModelPool;
pub(crate) use state::{ABANDON_AFTER, STOP_LIMIT};
