//! [`Source`]: a checkpoint that is opened and whose family is known. Only headers, configs and the
//! tokenizer are read for it.

use std::path::Path;

use pounce_model_format::TOKENIZER_FILE;
use pounce_model_format::regular_file::{FileKind, read};

use crate::checkpoint::gguf::GgufFile;
use crate::checkpoint::{Checkpoint, mistaken};
use crate::error::ConvertError;
use crate::families::family::Family;
use crate::families::{self, description::ModelDescription};
use crate::options::ConvertOptions;
use crate::tokenizer::TokenizerFile;

/// What a conversion starts from.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name of the family: `T5`, `Llama`, `Qwen2`.
    pub(crate) family_name: &'static str,
    pub(crate) family: Box<dyn Family>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) tokenizer: TokenizerFile,
}

impl Source {
    /// Opens a folder in Hugging Face's layout, or a GGUF file, and checks what can be checked
    /// without the weights.
    pub(crate) fn open(path: &Path) -> Result<Self, ConvertError> {
        let source = if path.is_file() { Self::open_gguf(path) } else { Self::open_folder(path) }?;
        let dimensions = source.family.dimensions(&ConvertOptions::default());
        source.tokenizer.vocabulary.check_size(dimensions.vocab_size)?;
        Ok(source)
    }

    fn open_folder(dir: &Path) -> Result<Self, ConvertError> {
        let path = dir.join("config.json");
        if let Some(mistaken) = mistaken::folder(dir).filter(|_| !path.exists()) {
            return Err(mistaken);
        }
        let text = read(&path, FileKind::Description).map_err(ConvertError::read(&path))?;
        mistaken::check_file(&path, &text)?;
        mistaken::check_config(&path, &text)?;
        let description = ModelDescription::Json { text: &text, path: &path };
        let (family_name, family) = families::open(&description)?;
        let tokenizer = TokenizerFile::open(dir)?;
        Ok(Self { family_name, family, checkpoint: Checkpoint::open(dir)?, tokenizer })
    }

    /// A `tokenizer.json` beside the file is preferred to the file's own vocabulary.
    fn open_gguf(path: &Path) -> Result<Self, ConvertError> {
        let GgufFile { metadata, tensors } = GgufFile::open(path)?;
        let checkpoint = Checkpoint::new(tensors);
        let description = ModelDescription::Gguf { metadata: &metadata, checkpoint: &checkpoint };
        let (family_name, family) = families::open(&description)?;
        let beside = path.with_file_name(TOKENIZER_FILE);
        let tokenizer = if beside.is_file() {
            TokenizerFile::read(&beside)?
        } else {
            TokenizerFile::from_gguf(&metadata)?
        };
        Ok(Self { family_name, family, checkpoint, tokenizer })
    }
}
