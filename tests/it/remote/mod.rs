//! Engines on other machines, over a scripted server: whatever holds for a model of this machine
//! holds for them. Time is real here, because a socket does not know tokio's paused time.

mod bounds;
mod completion;
mod errors;
pub(crate) mod fixture;
mod keys;
mod kinds;
mod llama;
mod secrets;
