//! The T5 family (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified
//! Text-to-Text Transformer"), with feed-forward layers by ReLU.

pub(crate) mod decoder;
pub(crate) mod encoder;
mod operators;
