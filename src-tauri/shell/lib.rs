//! The desktop app around the service.

pub mod ipc;
