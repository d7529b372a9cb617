//! Tests of whole models, from conversion to logits and tokens.

pub(crate) mod correlation;
mod decoder_only;
mod drafts;
mod llama_cpp;
mod transformers;
