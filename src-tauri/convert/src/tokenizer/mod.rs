//! The tokenizer of a checkpoint: `tokenizer.json` as it is, or one made of older files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::byte_level_bpe;
use crate::error::ConvertError;
use crate::gguf::{self, Metadata};
use crate::llama::is_control;

/// The name of the file, in checkpoints and in converted models.
pub(crate) const FILE_NAME: &str = "tokenizer.json";

/// A `tokenizer.json` and the tokens that it knows.
#[derive(Debug)]
pub(crate) struct TokenizerFile {
    /// The file's bytes.
    pub(crate) json: Vec<u8>,
    /// Its tokens.
    pub(crate) vocabulary: Vocabulary,
}

/// Tokens and ids, in both directions.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: BTreeMap<String, u64>,
    tokens: BTreeMap<u64, String>,
    /// Tokens that no piece of a text becomes.
    special: BTreeSet<u64>,
    /// Begins every text.
    text_start: Option<u32>,
}

#[derive(Deserialize)]
struct RawTokenizer {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    #[serde(default)]
    post_processor: Value,
    model: RawModel,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u64,
    content: String,
    #[serde(default)]
    special: bool,
}

#[derive(Deserialize)]
struct RawModel {
    vocab: RawVocabulary,
}

/// BPE has ids by token, Unigram has tokens with scores in the order of their ids.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawVocabulary {
    ById(BTreeMap<String, u64>),
    InOrder(Vec<(String, f64)>),
}

impl TokenizerFile {
    /// Reads the tokenizer in `dir`.
    pub(crate) fn open(dir: &Path) -> Result<Self, ConvertError> {
        let path = dir.join(FILE_NAME);
        if path.is_file() {
            Self::read(&path)
        } else if byte_level_bpe::is_in(dir) {
            Self::new(byte_level_bpe::tokenizer_json(dir)?, &path)
        } else {
            Err(ConvertError::NoTokenizer { dir: dir.to_owned() })
        }
    }

    /// Reads a `tokenizer.json`.
    pub(crate) fn read(path: &Path) -> Result<Self, ConvertError> {
        Self::new(std::fs::read(path).map_err(ConvertError::read(path))?, path)
    }

    /// Makes one of the vocabulary of a GGUF file.
    pub(crate) fn from_gguf(metadata: &Metadata) -> Result<Self, ConvertError> {
        Self::new(gguf::tokenizer_json(metadata)?, metadata.path())
    }

    /// Of the text of a `tokenizer.json`; `path` is for messages.
    pub(crate) fn new(json: Vec<u8>, path: &Path) -> Result<Self, ConvertError> {
        let damaged = |error| ConvertError::damaged(path, error);
        let raw: RawTokenizer = serde_json::from_slice(&json).map_err(damaged)?;
        let is_wrong = |token: &AddedToken| !token.special && is_control(&token.content);
        let json = if raw.added_tokens.iter().any(is_wrong) {
            with_special_controls(&json).map_err(damaged)?
        } else {
            json
        };
        Ok(Self { json, vocabulary: Vocabulary::of(raw) })
    }
}

/// Makes special all tokens that steer a model. Code that spells one out would become it else, and what the model writes
/// of them would be text.
fn with_special_controls(json: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut file: Value = serde_json::from_slice(json)?;
    for token in file["added_tokens"].as_array_mut().into_iter().flatten() {
        if token["content"].as_str().is_some_and(is_control) {
            token["special"] = Value::Bool(true);
        }
    }
    Ok(file.to_string().into_bytes())
}

/// The token that a post-processor puts before every text.
fn leading_token(processor: &Value) -> Option<&str> {
    if let Some(processors) = processor["processors"].as_array() {
        return processors.iter().find_map(leading_token);
    }
    processor["single"][0]["SpecialToken"]["id"].as_str()
}

impl Vocabulary {
    fn of(raw: RawTokenizer) -> Self {
        let mut vocabulary = Self::default();
        match raw.model.vocab {
            RawVocabulary::ById(ids) => {
                ids.into_iter().for_each(|(token, id)| vocabulary.insert(token, id));
            }
            RawVocabulary::InOrder(tokens) => {
                (0..).zip(tokens).for_each(|(id, (token, _))| vocabulary.insert(token, id));
            }
        }
        for token in raw.added_tokens {
            if token.special || is_control(&token.content) {
                vocabulary.special.insert(token.id);
            }
            vocabulary.insert(token.content, token.id);
        }
        vocabulary.text_start =
            leading_token(&raw.post_processor).and_then(|token| vocabulary.id(token));
        vocabulary
    }

    fn insert(&mut self, token: String, id: u64) {
        self.tokens.insert(id, token.clone());
        self.ids.insert(token, id);
    }

    /// The id of a token.
    pub(crate) fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).and_then(|&id| id.try_into().ok())
    }

    /// The token that begins every text, if the tokenizer puts one there.
    pub(crate) fn text_start(&self) -> Option<u32> {
        self.text_start
    }

    /// The id of a token that is no text.
    pub(crate) fn special_id(&self, token: &str) -> Option<u32> {
        self.id(token).filter(|&id| self.special.contains(&id.into()))
    }

    /// The text of a token.
    pub(crate) fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(&id.into()).map(String::as_str)
    }

    /// All tokens, in alphabetical order.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Refuses a vocabulary that is larger than the model's.
    pub(crate) fn check_size(&self, vocab_size: usize) -> Result<(), ConvertError> {
        match self.tokens.last_key_value() {
            Some((&id, token)) if id >= vocab_size as u64 => {
                Err(ConvertError::ForeignTokenizer { id, token: token.clone(), vocab_size })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> TokenizerFile {
        TokenizerFile::new(json.as_bytes().to_vec(), Path::new(FILE_NAME)).unwrap()
    }

    #[test]
    fn tokens_that_steer_a_model_are_special_whatever_the_file_says() {
        let json = r#"{"added_tokens": [
            {"id": 1, "content": "<|fim_middle|>", "special": false},
            {"id": 2, "content": "<tool_call>", "special": false}
        ], "model": {"vocab": {"a": 0}}}"#;
        let file = read(json);
        assert_eq!(file.vocabulary.special_id("<|fim_middle|>"), Some(1));
        assert_eq!(file.vocabulary.special_id("<tool_call>"), None, "it may be text");
        assert_eq!(read(&String::from_utf8(file.json.clone()).unwrap()).json, file.json, "once");
    }

    #[test]
    fn the_token_before_every_text_is_that_of_the_post_processor() {
        let check = |processor: &str, expected: Option<u32>| {
            let json =
                format!(r#"{{"post_processor": {processor}, "model": {{"vocab": {{"<s>": 7}}}}}}"#);
            assert_eq!(read(&json).vocabulary.text_start(), expected, "{processor}");
        };
        let template = r#"{"type": "TemplateProcessing", "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]}"#;
        check(template, Some(7));
        check(
            &format!(
                r#"{{"type": "Sequence", "processors": [{{"type": "ByteLevel"}}, {template}]}}"#
            ),
            Some(7),
        );
        check(
            r#"{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}]}"#,
            None,
        );
        check("null", None);
    }
}
