//! The manifest: `manifest.json` beside a model's graphs, weights and tokenizer.
//!
//! The converter writes it and the engine reads it; this crate is all that the two share.
//! It describes one model on one disk: which files, which shapes, which prompt. It does not
//! say what a model is good for or where to get it: that is the catalogue's business. Beside it
//! stands how files are opened that may come from anywhere: [`regular_file`] and [`ownership`].

pub mod ownership;
mod prompt_template;
pub mod regular_file;
pub mod repository;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use regular_file::FileKind;

pub use prompt_template::{FimTokens, PromptTemplate, SentinelTokens};

/// The file name of a manifest inside its model's folder.
pub const FILE_NAME: &str = "manifest.json";

/// The layout version that this build writes and reads.
pub const FORMAT: u32 = 1;

/// Everything the engine has to know of a model before it opens a graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// Layout version of this file; see [`FORMAT`].
    pub format: u32,
    /// Short name, unique on a machine: `pounce-50m`.
    pub id: String,
    /// How prompt and completion pass through the network.
    pub architecture: Architecture,
    /// How the weights are stored.
    pub quantization: Quantization,
    /// Tensor sizes, for buffers that are made before the first run.
    pub dimensions: Dimensions,
    /// Ids that start and end a completion.
    pub special_tokens: SpecialTokens,
    /// How prefix, suffix, language and mode become one token sequence.
    pub prompt: PromptTemplate,
    /// Size and checksum of every other file in the folder, by file name.
    pub files: BTreeMap<String, FileDigest>,
}

/// How prompt and completion pass through the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// `encoder.onnx` reads the prompt once; `decoder.onnx` writes, looking at it (T5).
    EncoderDecoder,
    /// `decoder.onnx` reads the prompt and goes on from it (Llama, Qwen).
    DecoderOnly,
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    /// 32-bit floats.
    None,
    /// 8-bit integers throughout.
    Int8,
    /// 4-bit integers in the decoder, 8-bit elsewhere.
    Int4,
}

/// Tensor sizes. Counts, never bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimensions {
    /// Width of the logits. The tokenizer's ids are all below it.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Query heads of one attention.
    pub n_heads: usize,
    /// Key and value heads of the decoder's self-attention; equals `n_heads` without grouping.
    pub n_kv_heads: usize,
    /// Width of one head.
    pub head_size: usize,
    /// Encoder layers; 0 for decoder-only models.
    pub n_encoder_layers: usize,
    /// Decoder layers: the number of key and value caches.
    pub n_decoder_layers: usize,
    /// The longest sequence that either graph accepts, in tokens.
    pub max_seq_len: usize,
    /// The longest prompt that the model was trained on, in tokens; longer ones are clipped to it.
    pub max_prompt_len: usize,
}

/// Far above what any model has, and so small that products of two do not overflow.
const MAX_SIZE: usize = 1 << 24;

impl Dimensions {
    /// Those that every model has, with their names.
    fn sizes(&self) -> [(&'static str, usize); 8] {
        [
            ("vocab_size", self.vocab_size),
            ("d_model", self.d_model),
            ("n_heads", self.n_heads),
            ("n_kv_heads", self.n_kv_heads),
            ("head_size", self.head_size),
            ("n_decoder_layers", self.n_decoder_layers),
            ("max_seq_len", self.max_seq_len),
            ("max_prompt_len", self.max_prompt_len),
        ]
    }
}

/// Ids with a meaning outside the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialTokens {
    /// The first decoder input: of every completion where there is an encoder, else of every
    /// prompt. `None` for decoder-only models that were trained without one.
    pub decoder_start: Option<u32>,
    /// Any of these ends a completion.
    pub end: Vec<u32>,
}

/// Size and checksum of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Length in bytes; checked at every load, since it is free.
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal; checked on install and by `verify`.
    pub sha256: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// There is no manifest, or it cannot be read.
    #[error("cannot read {}: is this a model folder?", path.display())]
    Read {
        /// The manifest's path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that the manifest lists is not a regular one, or too long for its kind.
    #[error("cannot use {}: {source}; install the model again", path.display())]
    File {
        /// The file's path.
        path: PathBuf,
        /// Why it is not opened.
        source: std::io::Error,
    },
    /// The manifest is not the JSON that this build expects.
    #[error("{} is not a valid manifest: convert the model again", path.display())]
    Parse {
        /// The manifest's path.
        path: PathBuf,
        /// Where and why it does not parse.
        source: serde_json::Error,
    },
    /// The manifest is of another layout.
    #[error("{} has format {found}, this build reads {FORMAT}: convert the model again", path.display())]
    Format {
        /// The manifest's path.
        path: PathBuf,
        /// The format it says it has.
        found: u32,
    },
    /// A value is none that a model has.
    #[error("{} has a {field} that no model has: convert the model again", path.display())]
    Value {
        /// The manifest's path.
        path: PathBuf,
        /// What is wrong.
        field: &'static str,
    },
    /// A file is missing, or not as long as the manifest says.
    #[error("{} should be {expected} bytes and is {found}: the model is damaged, install it again", path.display())]
    Size {
        /// The file's path.
        path: PathBuf,
        /// Bytes the manifest promises.
        expected: u64,
        /// Bytes on disk; 0 if there is no such file.
        found: u64,
    },
}

impl ModelManifest {
    /// Reads `dir/manifest.json` and checks that every file it lists is there in full length.
    ///
    /// # Errors
    /// Any [`ManifestError`].
    pub fn load(dir: &Path) -> Result<Self, ManifestError> {
        let path = dir.join(FILE_NAME);
        let text = regular_file::read_to_string(&path, FileKind::Description)
            .map_err(|source| ManifestError::Read { path: path.clone(), source })?;
        let manifest = Self::parse(&text, &path)?;
        if let Some(field) = manifest.wrong_value() {
            return Err(ManifestError::Value { path, field });
        }
        manifest.check_sizes(dir)?;
        Ok(manifest)
    }

    /// Writes `dir/manifest.json`.
    ///
    /// # Errors
    /// What the system said when the file could not be written.
    pub fn save(&self, dir: &Path) -> std::io::Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(dir.join(FILE_NAME), text)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        let parse_error = |source| ManifestError::Parse { path: path.to_owned(), source };
        let found = serde_json::from_str::<Header>(text).map_err(parse_error)?.format;
        if found != FORMAT {
            return Err(ManifestError::Format { path: path.to_owned(), found });
        }
        serde_json::from_str(text).map_err(parse_error)
    }

    /// What is out of all bounds: a model may be anybody's.
    fn wrong_value(&self) -> Option<&'static str> {
        let Dimensions { n_heads, n_kv_heads, .. } = self.dimensions;
        let is_plain = |name: &String| Path::new(name).file_name() == Some(OsStr::new(name));
        let mut tokens = self.special_tokens.end.iter().chain(&self.special_tokens.decoder_start);
        let sizes = self.dimensions.sizes();
        let size = sizes.into_iter().find(|(_, size)| !(1..MAX_SIZE).contains(size));
        let checks = [
            (self.dimensions.n_encoder_layers < MAX_SIZE, "n_encoder_layers"),
            (n_kv_heads > 0 && n_heads.is_multiple_of(n_kv_heads), "n_kv_heads"),
            (tokens.all(|id| (*id as usize) < self.dimensions.vocab_size), "special token"),
            (self.files.keys().all(is_plain), "file name"),
        ];
        let wrong = checks.into_iter().find(|(holds, _)| !holds);
        size.map(|(field, _)| field).or(wrong.map(|(_, field)| field))
    }

    fn check_sizes(&self, dir: &Path) -> Result<(), ManifestError> {
        for (name, digest) in &self.files {
            let path = dir.join(name);
            let file = regular_file::open(&path, FileKind::of(name));
            let found = match file.and_then(|file| file.metadata()) {
                Ok(file) => file.len(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
                Err(source) => return Err(ManifestError::File { path, source }),
            };
            if found != digest.size_bytes {
                return Err(ManifestError::Size { path, expected: digest.size_bytes, found });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_model_has_are_refused_by_name() {
        let text = include_str!("../../../models/pounce-50m/manifest.json");
        let check = |change: fn(&mut ModelManifest), expected: Option<&str>| {
            let mut manifest = ModelManifest::parse(text, Path::new(FILE_NAME)).unwrap();
            change(&mut manifest);
            assert_eq!(manifest.wrong_value(), expected);
        };
        check(|_| {}, None);
        check(
            |manifest| manifest.dimensions.n_decoder_layers = usize::MAX,
            Some("n_decoder_layers"),
        );
        check(|manifest| manifest.dimensions.max_seq_len = 0, Some("max_seq_len"));
        check(|manifest| manifest.dimensions.n_kv_heads = 5, Some("n_kv_heads"));
        check(|manifest| manifest.special_tokens.end.push(u32::MAX), Some("special token"));
        let outside = |manifest: &mut ModelManifest| {
            let digest = manifest.files.values().next().unwrap().clone();
            manifest.files.insert("../weights.bin".to_owned(), digest);
        };
        check(outside, Some("file name"));
    }
}
