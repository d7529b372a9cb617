//! Circuit breakers: a model that keeps failing is left alone for a while.

mod breaker;
mod circuit_breakers;

pub use breaker::{BreakerConfig, BreakerState};

pub(crate) use breaker::Outcome;
pub(crate) use circuit_breakers::{CircuitBreakers, Permit};
