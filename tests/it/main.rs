//! Integration tests of service and engine, one binary. Fake engines run in paused time; the tests
//! in `embedded` run the embedded model.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod cache;
/// Those that the converter's own tests have.
#[path = "../../src-tauri/convert/tests/support/mod.rs"]
mod checkpoints;
mod deadline;
mod embedded;
mod failure;
mod install;
mod layering;
mod loading;
mod memory;
mod memory_limit;
mod prepare;
mod queue;
mod remote;
mod remote_bounds;
mod remote_errors;
mod remote_keys;
mod remote_kinds;
mod remote_llama;
mod remote_secrets;
mod routing;
mod settings;
mod support;
