//! Integration tests of service and engine, one binary. Fake engines run in paused time; the tests
//! in `embedded` run the embedded model.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

/// Random checkpoints, shared with the converter's own tests.
#[path = "../../src-tauri/convert/tests/support/mod.rs"]
mod checkpoints;
mod dependencies;
mod embedded;
mod install;
mod layering;
mod pool;
mod remote;
mod request;
mod settings;
mod support;
