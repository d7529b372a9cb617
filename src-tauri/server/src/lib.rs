//! Completions over HTTP for other programs of this machine, such as editors: llama.cpp's, OpenAI's
//! and Ollama's protocols, and Prometheus' metrics. It knows no window.
//!
//! In the order in which a request passes them:
//!
//! 1. `listeners` listen on the loopback addresses alone, `server` takes connections, and
//!    `connection` serves each;
//! 2. `http` has what all protocols share: who may ask (`guard`), how much (`limits`), and how
//!    fields are read (`fields`);
//! 3. `endpoint` finds who answers: `llama_cpp`, `openai` or `ollama`, each with its own `wire`
//!    types;
//! 4. `ask` asks the [service](pounce_service::CompletionService), as the hotkey does: within the
//!    deadline, through the router, the cache, the breakers and the filters. A client that closes
//!    its connection cancels its request;
//! 5. `protocol` writes a refusal in the form of the address that was asked. What a client asks for
//!    and cannot have is refused by name.
//!
//! [`ServerSwitch`] starts and stops all that as the settings say. Nothing of a request reaches a
//! log.

mod ask;
mod connection;
mod endpoint;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod http;
mod listeners;
mod llama_cpp;
mod ollama;
mod openai;
mod port_owner;
mod protocol;
mod server;
mod state;
mod switch;

#[cfg(feature = "fuzzing")]
pub use fuzzing::read_bodies;
pub use server::{Server, ServerOptions, StartError};
pub use switch::{ServerStatus, ServerSwitch};
