//! Integration tests of service and engine, one binary. Fake engines run in paused time; the tests
//! in `embedded` run the embedded model.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

mod cache;
/// Small checkpoints of T5, as the converter's own tests have them.
#[allow(dead_code, unreachable_pub, missing_docs, reason = "the tests here use a part of it")]
#[path = "../../src-tauri/convert/tests/support/random_checkpoint.rs"]
mod checkpoint;
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
mod routing;
mod settings;
mod soak;
mod support;
