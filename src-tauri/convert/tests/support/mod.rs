//! Checkpoints made up for tests; the example `random_checkpoint` writes the same to disk.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each target uses a part of it")]

pub mod random_checkpoint;
pub mod torch_archive;
