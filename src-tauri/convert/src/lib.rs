//! Checkpoints in, fused graphs out: what `pounce convert` does, without Python.
//!
//! A conversion goes through five steps, and each has its module:
//!
//! 1. The checkpoint's weights are found, by name, in safetensors or in a pickle (`checkpoint`,
//!    `safetensors`, `torch`, `pickle`). Nothing is executed and nothing is trusted.
//! 2. The family's config says which tensors there have to be, and of which shape (`t5`).
//! 3. Each matrix is quantized and appended to `weights.bin`, one at a time (`weight_store`,
//!    `quantize`, `weights_file`).
//! 4. The graphs are built around them out of ONNX Runtime's fused operators and written as
//!    ONNX, which is a protocol buffer (`graph`, `linear`, `onnx`).
//! 5. The tokenizer and a manifest are put beside them, and the folder gets its name
//!    (`tokenizer`, `staging`).
//!
//! The crate runs no graph: that is the engine's business, which knows nothing of checkpoints.
//! The two share the manifest, and the names of inputs and outputs that `t5::encoder` and
//! `t5::decoder` list.

mod byte_level_bpe;
mod checkpoint;
mod error;
mod graph;
mod linear;
mod onnx;
mod pickle;
mod progress;
mod quantize;
mod safetensors;
#[cfg(test)]
mod shape_inference;
mod staging;
mod t5;
mod tensor;
mod tokenizer;
mod torch;
mod weight_store;
mod weights_file;

use std::collections::BTreeMap;
use std::path::Path;

use pounce_manifest::{Architecture, FORMAT, ModelManifest, Quantization};
use prost::Message;
use serde::Deserialize;

use crate::checkpoint::Checkpoint;
use crate::staging::Staging;
use crate::t5::T5Config;
use crate::tokenizer::TokenizerFile;
use crate::weights_file::digest;

pub use error::ConvertError;
pub use progress::{Progress, Step};

/// `model_type`s whose weights and graph are T5's.
const T5_TYPES: [&str; 2] = ["t5", "mt5"];

/// What can be chosen about a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertOptions {
    /// How the weights are stored.
    pub quantization: Quantization,
    /// The model's id; `None` takes the name of the checkpoint's folder.
    pub id: Option<String>,
    /// The longest sequence that the graphs accept, in tokens.
    pub max_seq_len: usize,
    /// The longest prompt that the model was trained on, in tokens; `None` takes `n_positions`
    /// of the config, or 512.
    pub max_prompt_len: Option<usize>,
}

impl Default for ConvertOptions {
    /// 8 bits, sequences of up to 1,024 tokens, the rest from the checkpoint.
    fn default() -> Self {
        Self { quantization: Quantization::Int8, id: None, max_seq_len: 1024, max_prompt_len: None }
    }
}

/// Converts the checkpoint in the folder `source` into a model in the folder `out`, which must
/// not exist yet or be empty. A conversion that fails leaves nothing there.
///
/// ```no_run
/// use std::path::Path;
/// use pounce_convert::{ConvertOptions, convert};
///
/// let options = ConvertOptions { id: Some("mine".to_owned()), ..ConvertOptions::default() };
/// let manifest = convert(Path::new("checkpoint"), Path::new("models/mine"), &options, &mut ())?;
/// println!("{} layers", manifest.dimensions.n_decoder_layers);
/// # Ok::<(), pounce_convert::ConvertError>(())
/// ```
///
/// # Errors
/// Any [`ConvertError`].
pub fn convert(
    source: &Path,
    out: &Path,
    options: &ConvertOptions,
    progress: &mut dyn Progress,
) -> Result<ModelManifest, ConvertError> {
    let config = read_config(source)?;
    let tokenizer = TokenizerFile::open(source)?;
    tokenizer.vocabulary.check_size(config.vocab_size)?;
    let checkpoint = Checkpoint::open(source)?;
    let staging = Staging::create(out)?;
    let graphs = t5::build(&config, &checkpoint, staging.dir(), options, progress)?;
    let mut files = BTreeMap::from([(weights_file::FILE_NAME.to_owned(), graphs.weights)]);
    let small = [
        ("encoder.onnx", graphs.encoder.encode_to_vec()),
        ("decoder.onnx", graphs.decoder.encode_to_vec()),
        (tokenizer::FILE_NAME, tokenizer.json),
    ];
    for (name, bytes) in small {
        staging.write(name, &bytes)?;
        files.insert(name.to_owned(), digest(&bytes));
    }
    let (prompt, special_tokens) = t5::prompt(&config, &tokenizer.vocabulary);
    let manifest = ModelManifest {
        format: FORMAT,
        id: options.id.clone().unwrap_or_else(|| folder_name(source)),
        architecture: Architecture::EncoderDecoder,
        quantization: options.quantization,
        dimensions: t5::dimensions(&config, options),
        special_tokens,
        prompt,
        files,
    };
    manifest.save(staging.dir()).map_err(ConvertError::write(staging.dir()))?;
    staging.publish()?;
    Ok(manifest)
}

/// The config of a family that this crate knows.
fn read_config(source: &Path) -> Result<T5Config, ConvertError> {
    #[derive(Deserialize)]
    struct Header {
        model_type: String,
    }
    let path = source.join("config.json");
    let text = std::fs::read(&path).map_err(ConvertError::read(&path))?;
    let header: Header =
        serde_json::from_slice(&text).map_err(|error| ConvertError::damaged(&path, error))?;
    if T5_TYPES.contains(&header.model_type.as_str()) {
        T5Config::parse(&text, &path)
    } else {
        Err(ConvertError::UnknownFamily { model_type: header.model_type })
    }
}

fn folder_name(source: &Path) -> String {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    absolute.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
