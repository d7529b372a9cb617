//! Added tokens of a checkpoint, which are in up to three files.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::json_file::parse_if_present;
use crate::error::ConvertError;
use crate::tokenizer::json::AddedToken;

/// `tokenizer_config.json`, as far as it is read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenizerConfig {
    #[serde(default)]
    pub(super) add_prefix_space: bool,
    /// Added tokens by id, in files of newer versions of `transformers`.
    #[serde(default)]
    added_tokens_decoder: BTreeMap<String, AddedToken>,
}

/// A value of `special_tokens_map.json`, which is one token or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SpecialToken {
    Text(String),
    Described(AddedToken),
    Several(Vec<SpecialToken>),
}

impl SpecialToken {
    fn flatten(self) -> Vec<AddedToken> {
        match self {
            Self::Text(content) => vec![AddedToken::new(0, content, true)],
            Self::Described(token) => vec![AddedToken { special: true, ..token }],
            Self::Several(tokens) => tokens.into_iter().flat_map(Self::flatten).collect(),
        }
    }
}

/// Returns all added tokens in the order of their ids. A token to which no file gives an id gets the
/// next one after the vocabulary, as in `transformers`.
pub(super) fn added_tokens(
    dir: &Path,
    vocabulary: &BTreeMap<String, u64>,
    config: &TokenizerConfig,
) -> Result<Vec<AddedToken>, ConvertError> {
    let mut ids: BTreeMap<String, u64> = parse_if_present(&dir.join("added_tokens.json"))?;
    let specials: BTreeMap<String, SpecialToken> =
        parse_if_present(&dir.join("special_tokens_map.json"))?;
    let mut tokens: BTreeMap<String, AddedToken> = BTreeMap::new();
    for (content, &id) in &ids {
        tokens.insert(content.clone(), AddedToken::new(id, content.clone(), false));
    }
    for token in specials.into_values().flat_map(SpecialToken::flatten) {
        let next =
            ids.values().chain(vocabulary.values()).max().map_or(0, |last| last.saturating_add(1));
        let id = vocabulary.get(&token.content).copied().unwrap_or(next);
        ids.entry(token.content.clone()).or_insert(id);
        tokens.insert(token.content.clone(), token);
    }
    for (id, token) in &config.added_tokens_decoder {
        let id = id.parse().map_err(|_| {
            ConvertError::damaged(dir, format!("tokenizer_config.json has the token id {id:?}"))
        })?;
        ids.insert(token.content.clone(), id);
        tokens.insert(token.content.clone(), token.clone());
    }
    let with_id = |token: AddedToken| AddedToken { id: ids[&token.content], ..token };
    let mut tokens: Vec<AddedToken> = tokens.into_values().map(with_id).collect();
    tokens.sort_by_key(|token| token.id);
    Ok(tokens)
}
