//! [`GgufVocabulary`]: the tokens of a GGUF file.

use std::collections::BTreeMap;

use super::token_kind::TokenKind;
use crate::checkpoint::gguf::metadata::Metadata;
use crate::error::ConvertError;
use crate::tokenizer::json::AddedToken;

/// The tokens of a GGUF file, in the order of their ids.
pub(super) struct GgufVocabulary<'a> {
    /// The metadata, which has more about the tokens.
    pub(super) metadata: &'a Metadata,
    pub(super) tokens: &'a [String],
    /// One kind for each token.
    pub(super) kinds: Vec<TokenKind>,
}

impl GgufVocabulary<'_> {
    /// Ids by token, without the tokens that only pad the vocabulary.
    pub(super) fn ids(&self) -> Result<BTreeMap<&str, usize>, ConvertError> {
        let mut ids = BTreeMap::new();
        let tokens = self.tokens.iter().zip(&self.kinds).enumerate();
        for (id, (token, _)) in tokens.filter(|(_, (_, kind))| **kind != TokenKind::Unused) {
            if let Some(first) = ids.insert(token.as_str(), id) {
                let problem = format!("its tokens {first} and {id} are both {token:?}");
                return Err(ConvertError::damaged(self.metadata.path(), problem));
            }
        }
        Ok(ids)
    }

    /// The tokens that are found in a text before the text is split.
    pub(super) fn added_tokens(&self) -> Vec<AddedToken> {
        let tokens = (0..).zip(self.tokens.iter().zip(&self.kinds));
        let is_added =
            |kind: TokenKind| matches!(kind, TokenKind::Control | TokenKind::UserDefined);
        tokens
            .filter(|(_, (_, kind))| is_added(**kind))
            .map(|(id, (token, kind))| {
                AddedToken::new(id, token.clone(), *kind == TokenKind::Control)
            })
            .collect()
    }

    /// Returns the error that the vocabulary cannot be read, with the remedy.
    pub(super) fn unsupported(&self, problem: &str) -> ConvertError {
        let problem = format!("{problem}: put the model's tokenizer.json beside it");
        ConvertError::Unsupported { path: self.metadata.path().to_owned(), problem }
    }
}
