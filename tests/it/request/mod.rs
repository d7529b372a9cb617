//! One request through the service: deadline, queue, cache, routing, failures and reading ahead.

mod alternatives;
mod cache;
mod deadline;
mod failure;
mod improve;
mod prepare;
mod projects;
mod queue;
mod routing;
mod speculation;
