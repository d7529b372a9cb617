//! Checkpoints in, fused graphs out: what `pounce convert` does, without Python.
//!
//! A conversion goes through five steps, and each has its module:
//!
//! 1. The checkpoint's weights are found, by name, in safetensors or pickles, whole or in shards,
//!    or in a GGUF file (`source`, `checkpoint`, `shards`, `safetensors`, `torch`, `pickle`,
//!    `gguf`). Nothing is executed and nothing is trusted.
//! 2. The family's config says which tensors there have to be, and of which shape (`t5`, `llama`).
//! 3. Each matrix is quantized and appended to `weights.bin`, a piece at a time (`weight_store`,
//!    `weight_format`, `quantize`, `weights_file`).
//! 4. The graphs are built around them out of ONNX Runtime's fused operators and written as
//!    ONNX, which is a protocol buffer (`graph`, `linear`, `residual`, `onnx`).
//! 5. The tokenizer and a manifest are put beside them, and the folder gets its name
//!    (`tokenizer`, `staging`).
//!
//! The crate runs no graph: that is the engine's business, which knows nothing of checkpoints.
//! The two share the manifest, and the names of inputs and outputs that `t5::encoder`,
//! `t5::decoder` and `llama::decoder` list.

mod byte_level_bpe;
mod checkpoint;
mod error;
mod gguf;
mod graph;
#[cfg(test)]
mod graph_checks;
mod inspection;
mod linear;
mod llama;
mod one_or_more;
mod onnx;
mod pickle;
mod progress;
mod quantize;
mod residual;
mod safetensors;
#[cfg(test)]
mod shape_inference;
mod shards;
mod source;
mod staging;
#[cfg(test)]
#[path = "../tests/support/mod.rs"]
mod support;
mod t5;
mod tensor;
mod tokenizer;
mod torch;
mod weight_format;
mod weight_store;
mod weights_file;

use std::collections::BTreeMap;
use std::path::Path;

use pounce_model_format::{FORMAT, FileDigest, ModelManifest, Quantization};
use prost::Message;

use crate::onnx::ModelProto;
use crate::source::{Family, Source};
use crate::staging::Staging;
use crate::weights_file::digest;

pub use error::ConvertError;
pub use inspection::{Inspection, inspect};
pub use progress::{Progress, Step};
pub use shards::{INDEX_NAMES, shards};

/// What can be chosen about a conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertOptions {
    /// How the weights are stored.
    pub quantization: Quantization,
    /// The model's id; `None` takes the name of the checkpoint's folder, or that of the GGUF file
    /// without its extension.
    pub id: Option<String>,
    /// The longest sequence that the graphs accept, in tokens. `None` is 1,024 for an encoder and
    /// a decoder each; for a decoder alone 4,096, or what it was made for if that is less.
    pub max_seq_len: Option<usize>,
    /// The longest prompt that the model was trained on, in tokens. `None` takes `n_positions` of
    /// a T5 config, or 512; for a decoder alone what leaves an eighth for the completion.
    pub max_prompt_len: Option<usize>,
}

impl Default for ConvertOptions {
    /// 8 bits, the rest from the checkpoint.
    fn default() -> Self {
        Self { quantization: Quantization::Int8, id: None, max_seq_len: None, max_prompt_len: None }
    }
}

/// Converts the checkpoint in the folder `source`, or the GGUF file `source`, into a model in the
/// folder `out`, which must not exist yet or be empty. A conversion that fails or is cancelled
/// leaves nothing there.
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
    let id = options.id.clone().unwrap_or_else(|| name_of(source));
    let source = Source::open(source)?;
    let staging = Staging::create(out)?;
    let Graphs { graphs, weights } = build(&source, staging.dir(), options, progress)?;
    let mut files = BTreeMap::from([(weights_file::FILE_NAME.to_owned(), weights)]);
    let graphs = graphs.into_iter().map(|(name, graph)| (name, graph.encode_to_vec()));
    let (prompt, special_tokens) = source.family.prompt(&source.tokenizer);
    for (name, bytes) in graphs.chain([(tokenizer::FILE_NAME, source.tokenizer.json)]) {
        staging.write(name, &bytes)?;
        files.insert(name.to_owned(), digest(&bytes));
    }
    let manifest = ModelManifest {
        format: FORMAT,
        id,
        architecture: source.family.architecture(),
        quantization: options.quantization,
        dimensions: source.family.dimensions(options),
        special_tokens,
        prompt,
        files,
    };
    manifest.save(staging.dir()).map_err(ConvertError::write(staging.dir()))?;
    staging.publish()?;
    Ok(manifest)
}

/// The graphs of a model by file name, and the file that their matrices went to.
struct Graphs {
    graphs: Vec<(&'static str, ModelProto)>,
    weights: FileDigest,
}

fn build(
    source: &Source,
    dir: &Path,
    options: &ConvertOptions,
    progress: &mut dyn Progress,
) -> Result<Graphs, ConvertError> {
    match &source.family {
        Family::T5(config) => {
            let built = t5::build(config, &source.checkpoint, dir, options, progress)?;
            let graphs = vec![("encoder.onnx", built.encoder), ("decoder.onnx", built.decoder)];
            Ok(Graphs { graphs, weights: built.weights })
        }
        Family::Llama(llama) | Family::Qwen2(llama) => {
            let (decoder, weights) = llama.build(&source.checkpoint, dir, options, progress)?;
            Ok(Graphs { graphs: vec![("decoder.onnx", decoder)], weights })
        }
    }
}

/// The name of a folder, or that of a file without its extension.
fn name_of(source: &Path) -> String {
    let absolute = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    let name = if source.is_file() { absolute.file_stem() } else { absolute.file_name() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}
