//! The server as its clients see it: over sockets, in front of a service with a fake model.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod client;
mod clients;
mod editors;
mod fixture;
mod llama_cpp;
mod ollama;
mod openai;
mod safety;
mod speculation;
mod switch;
