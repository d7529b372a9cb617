//! Models in ONNX Runtime. Only this folder names `ort`.
//!
//! [`runtime`] finds and loads the shared library, [`environment`] owns its threads, [`sessions`]
//! opens a model's graphs on a device, and [`graph`] runs them.

pub(crate) mod cuda;
mod decoder;
mod encoder;
mod environment;
mod error;
pub(crate) mod graph;
mod kv_cache;
pub(crate) mod runtime;
mod sessions;
pub(crate) mod telemetry;
mod unpacked_graph;
