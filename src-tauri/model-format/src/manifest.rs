//! [`ModelManifest`]: what `manifest.json` says about one model on one disk, which are its files,
//! its shapes and its prompt. What a model is good for and where to get it stands in the catalogue.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dimensions::{Dimensions, MAX_SIZE};
use crate::error::ManifestError;
use crate::layout::{FILE_NAME, FORMAT};
use crate::prompt_template::PromptTemplate;
use crate::regular_file::{self, FileKind};

/// What the engine needs to know about a model before it opens a graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// Version of the folder's layout; [`FORMAT`] in this build.
    pub format: u32,
    /// Short name, unique on a machine, such as `pounce-50m`.
    pub id: String,
    /// How prompt and completion pass through the network.
    pub architecture: Architecture,
    /// How the weights are stored.
    pub quantization: Quantization,
    /// Tensor sizes, from which buffers are allocated before the first run.
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
    /// `encoder.onnx` reads the prompt once, and `decoder.onnx` attends to it while it writes (T5).
    EncoderDecoder,
    /// `decoder.onnx` reads the prompt and continues it (Llama, Qwen).
    DecoderOnly,
}

/// How the weights are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
pub enum Quantization {
    /// 32-bit floats.
    None,
    /// 8-bit integers throughout.
    #[default]
    Int8,
    /// 4-bit integers in the decoder, 8-bit elsewhere.
    Int4,
}

/// Ids of tokens that steer the model and are no text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialTokens {
    /// The decoder's first input, before the completion if there is an encoder, else before the
    /// prompt. `None` for decoder-only models that were trained without such a token.
    pub decoder_start: Option<u32>,
    /// Tokens that end a completion.
    pub end: Vec<u32>,
}

/// Size and checksum of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Length in bytes, checked at every load.
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal, checked on installation and by `verify`.
    pub sha256: String,
}

impl ModelManifest {
    /// Reads `dir/manifest.json` and checks that every file it lists has the length that it gives.
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
    /// The system's error if the file cannot be written.
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

    /// The name of a value that no sound model has; a folder may come from an untrusted source.
    fn wrong_value(&self) -> Option<&'static str> {
        let Dimensions { n_heads, n_kv_heads, .. } = self.dimensions;
        let is_plain = |name: &String| {
            !name.contains(char::is_control)
                && Path::new(name).file_name() == Some(OsStr::new(name))
        };
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
