//! Answering one request: which models are asked in which order, and one run of a model on its way.

mod asked;
mod attempt;
mod attempt_result;
mod escalation;
mod improve;
mod in_flight;
mod request_execution;
mod selection;
mod weigh;

pub(crate) use asked::Asked;
pub(crate) use in_flight::InFlightRun;
pub(crate) use request_execution::{RequestExecution, generation_config};
