//! What is to be converted: a checkpoint folder or a GGUF file, opened and told what family it
//! is of. Only headers, configs and the tokenizer are read here.

use std::path::Path;

use pounce_model_format::{Architecture, Dimensions, PromptTemplate, SpecialTokens};
use serde::Deserialize;

use crate::ConvertOptions;
use crate::checkpoint::Checkpoint;
use crate::error::ConvertError;
use crate::gguf::GgufFile;
use crate::llama::Llama;
use crate::t5::{self, T5Config};
use crate::tokenizer::{self, TokenizerFile};

/// What a conversion starts from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) family: Family,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) tokenizer: TokenizerFile,
}

/// The families that there are graphs for.
#[derive(Debug)]
pub(crate) enum Family {
    T5(T5Config),
    Llama(Llama),
    /// The same layers, with biases.
    Qwen2(Llama),
}

impl Source {
    /// Opens a folder of Hugging Face's, or a GGUF file, and checks what can be checked without
    /// reading weights.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let source = if path.is_file() { Self::open_gguf(path) } else { Self::open_folder(path) }?;
        source.tokenizer.vocabulary.check_size(source.family.vocab_size())?;
        Ok(source)
    }

    fn open_folder(dir: &Path) -> Result<Self, ConvertError> {
        let family = Family::from_json(&dir.join("config.json"))?;
        let tokenizer = TokenizerFile::open(dir)?;
        Ok(Self { family, checkpoint: Checkpoint::open(dir)?, tokenizer })
    }

    /// A `tokenizer.json` beside the file has precedence over the file's own vocabulary.
    fn open_gguf(path: &Path) -> Result<Self, ConvertError> {
        let GgufFile { metadata, checkpoint } = GgufFile::open(path)?;
        let architecture = "general.architecture";
        let architecture = metadata.require(architecture, metadata.text(architecture)?)?;
        let family = Family::named(architecture, |architecture| {
            Llama::from_gguf(&metadata, &checkpoint, architecture)
        })?;
        let beside = path.with_file_name(tokenizer::FILE_NAME);
        let tokenizer = if beside.is_file() {
            TokenizerFile::read(&beside)?
        } else {
            TokenizerFile::from_gguf(&metadata)?
        };
        Ok(Self { family, checkpoint, tokenizer })
    }
}

impl Family {
    /// The family that a `config.json` is of.
    fn from_json(path: &Path) -> Result<Self, ConvertError> {
        #[derive(Deserialize)]
        struct Header {
            model_type: String,
        }
        let text = std::fs::read(path).map_err(ConvertError::read(path))?;
        let header: Header =
            serde_json::from_slice(&text).map_err(|error| ConvertError::damaged(path, error))?;
        match header.model_type.as_str() {
            "t5" | "mt5" => T5Config::parse(&text, path).map(Self::T5),
            model_type => Self::named(model_type, |_| Llama::from_json(&text, path)),
        }
    }

    /// A decoder-only family by its name.
    fn named(
        name: &str,
        read: impl FnOnce(&str) -> Result<Llama, ConvertError>,
    ) -> Result<Self, ConvertError> {
        match name {
            "llama" => read(name).map(Self::Llama),
            "qwen2" => read(name).map(Self::Qwen2),
            _ => Err(ConvertError::UnknownFamily { model_type: name.escape_debug().to_string() }),
        }
    }

    /// As people call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::T5(_) => "T5",
            Self::Llama(_) => "Llama",
            Self::Qwen2(_) => "Qwen2",
        }
    }

    pub(crate) fn architecture(&self) -> Architecture {
        match self {
            Self::T5(_) => Architecture::EncoderDecoder,
            Self::Llama(_) | Self::Qwen2(_) => Architecture::DecoderOnly,
        }
    }

    pub(crate) fn dimensions(&self, options: &ConvertOptions) -> Dimensions {
        match self {
            Self::T5(config) => t5::dimensions(config, options),
            Self::Llama(llama) | Self::Qwen2(llama) => llama.dimensions(options),
        }
    }

    /// How prompts are written, and which ids start and end a completion.
    pub(crate) fn prompt(&self, tokenizer: &TokenizerFile) -> (PromptTemplate, SpecialTokens) {
        match self {
            Self::T5(config) => t5::prompt(config, &tokenizer.vocabulary),
            Self::Llama(llama) | Self::Qwen2(llama) => llama.prompt(&tokenizer.vocabulary),
        }
    }

    fn vocab_size(&self) -> usize {
        match self {
            Self::T5(config) => config.vocab_size,
            Self::Llama(llama) | Self::Qwen2(llama) => llama.vocab_size(),
        }
    }
}
