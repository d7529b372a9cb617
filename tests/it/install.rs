//! Installing models through the service: from folders and files, and over a network that fails.

mod local;
mod shop;
