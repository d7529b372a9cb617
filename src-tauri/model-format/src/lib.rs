//! What the converter writes, and the engine and its kernels read: a model's folder.
//!
//! A folder has `manifest.json`, which describes the model, its tokenizer, one graph or two in ONNX,
//! and one file with the weights that the graphs refer to. This crate declares each of these once:
//! the files' names, the manifest, the prompt templates in it, the ONNX messages, and the blocks of
//! integers that weights are stored in ([`weight_format`]). Since any file may come from an untrusted source, it also says how one is opened ([`regular_file`]), and when
//! one that was found is taken ([`ownership`]).

mod dimensions;
mod error;
mod layout;
mod manifest;
mod one_line;
pub mod onnx;
pub mod ownership;
mod prompt_template;
pub mod regular_file;
pub mod repository;
pub mod weight_format;

pub use dimensions::Dimensions;
pub use error::ManifestError;
pub use layout::{DECODER_FILE, ENCODER_FILE, FILE_NAME, FORMAT, TOKENIZER_FILE, WEIGHTS_FILE};
pub use manifest::{Architecture, FileDigest, ModelManifest, Quantization, SpecialTokens};
pub use one_line::one_line;
pub use prompt_template::{FimTokens, PromptTemplate, SentinelTokens};
