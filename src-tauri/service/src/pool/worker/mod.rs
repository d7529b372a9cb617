//! A worker: the one owner of one loaded model, which runs its jobs one after the other.

mod host;
mod job;
mod startup;
mod thread;

pub use host::Host;

pub(crate) use job::{Job, Progress, RunEnd, Search, Task};
pub(crate) use startup::{LoadFailure, LoadReport};
pub(crate) use thread::{THREAD_NAME, Worker};
