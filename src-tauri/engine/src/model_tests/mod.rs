//! Whole models from conversion to tokens, compared with references and with themselves.

mod decoder_only;
mod drafts;
mod llama_cpp;
mod transformers;
