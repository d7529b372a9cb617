//! Installing models through the service: from folders and files, and over a network that fails.

mod download;
mod local;
mod network;
mod refusals;
pub(crate) mod server;
mod shards;
mod shop;
