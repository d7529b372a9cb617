//! Which models exist, which are installed on this machine, and how one gets installed.
//!
//! In the order in which a model passes through them:
//!
//! 1. [`catalog`]: the models that are known by name;
//! 2. `source`: where a model can come from: the catalogue, a repository, a folder, a file;
//! 3. [`install`]: an installation from its request to the model's folder;
//! 4. `download`: files of a repository, resumed after interruptions and compared with checksums;
//! 5. [`http`]: the only module that speaks HTTP, for downloads and for remote engines;
//! 6. [`registry`]: the models found in the models folders, and the servers that stand beside them.
//!
//! The crate knows neither engines nor a router: it asks a [`LoadTest`](install::LoadTest), which
//! its caller brings, whether a new model runs on this machine.

pub mod catalog;
mod disk_space;
mod download;
mod error;
pub mod http;
pub mod install;
pub mod paths;
mod progress;
pub mod registry;
mod source;
pub mod storage;
pub mod sync;
pub mod units;
