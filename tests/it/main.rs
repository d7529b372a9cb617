//! Integration tests of service and engine, one binary. Fake engines run in paused time; the tests
//! in `embedded` run the embedded model.

#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

/// Those that the converter's own tests have.
#[path = "../../src-tauri/convert/tests/support/mod.rs"]
mod checkpoints;
mod embedded;
mod install;
mod layering;
mod pool;
mod remote;
mod request;
mod settings;
mod support;
