//! Tests of whole models, from conversion to logits and tokens.

mod candidates;
pub(crate) mod correlation;
mod decoder_only;
mod drafts;
mod embedded;
mod llama_cpp;
mod related_code;
mod transformers;
