//! Checkpoints for tests. The example `random_checkpoint` writes some of them to disk.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each target uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test ends where something fails")]

pub mod codet5;
pub mod ggml;
pub mod gguf;
pub mod random_checkpoint;
pub mod random_llama;
pub mod safetensors;
pub mod sharded;
pub mod torch_archive;
