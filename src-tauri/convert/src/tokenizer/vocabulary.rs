//! [`Vocabulary`]: the tokens of a `tokenizer.json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::control_tokens::is_control;
use crate::error::ConvertError;

/// The tokens of a tokenizer and their ids.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    ids: BTreeMap<String, u64>,
    tokens: BTreeMap<u64, String>,
    /// Ids of the tokens that no piece of a text becomes.
    special: BTreeSet<u64>,
    /// The id of the token before every text.
    text_start: Option<u32>,
}

/// A `tokenizer.json`, as far as it is read.
#[derive(Deserialize)]
pub(super) struct RawTokenizer {
    #[serde(default)]
    pub(super) added_tokens: Vec<RawAddedToken>,
    #[serde(default)]
    post_processor: Value,
    model: RawModel,
}

/// A token that is found in a text before the text is split.
#[derive(Deserialize)]
pub(super) struct RawAddedToken {
    id: u64,
    pub(super) content: String,
    #[serde(default)]
    pub(super) special: bool,
}

#[derive(Deserialize)]
struct RawModel {
    vocab: RawVocabulary,
}

/// BPE has ids by token. Unigram has tokens with scores, in the order of their ids.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawVocabulary {
    ById(BTreeMap<String, u64>),
    InOrder(Vec<(String, f64)>),
}

impl Vocabulary {
    /// Collects the tokens of a `tokenizer.json`.
    pub(super) fn new(raw: RawTokenizer) -> Self {
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

    /// The id of a token; `None` if the vocabulary lacks it.
    pub(crate) fn id(&self, token: &str) -> Option<u32> {
        self.ids.get(token).and_then(|&id| id.try_into().ok())
    }

    /// The token that the tokenizer puts before every text; `None` if it puts none there.
    pub(crate) fn text_start(&self) -> Option<u32> {
        self.text_start
    }

    /// The id of a token that steers the model; `None` for a token that is text.
    pub(crate) fn special_id(&self, token: &str) -> Option<u32> {
        self.id(token).filter(|&id| self.special.contains(&id.into()))
    }

    /// The token of an id; `None` if the vocabulary lacks it.
    pub(crate) fn token(&self, id: u32) -> Option<&str> {
        self.tokens.get(&id.into()).map(String::as_str)
    }

    /// All tokens, in alphabetical order.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Checks that all ids are below `vocab_size`, which is that of the model.
    ///
    /// # Errors
    /// [`ConvertError::ForeignTokenizer`].
    pub(crate) fn check_size(&self, vocab_size: usize) -> Result<(), ConvertError> {
        match self.tokens.last_key_value() {
            Some((&id, token)) if id >= vocab_size as u64 => {
                Err(ConvertError::ForeignTokenizer { id, token: token.clone(), vocab_size })
            }
            _ => Ok(()),
        }
    }
}

/// Returns the token that a post-processor puts before every text.
fn leading_token(processor: &Value) -> Option<&str> {
    if let Some(processors) = processor["processors"].as_array() {
        return processors.iter().find_map(leading_token);
    }
    processor["single"][0]["SpecialToken"]["id"].as_str()
}
