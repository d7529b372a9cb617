//! [`RelatedTokens`]: related code in the tokens of one model.

use std::sync::Arc;

use super::indexed_tokens::IndexedTokens;
use super::related_code::RelatedCode;
use crate::prompt::tokenizer::Tokenizer;

/// The related code of the last request, in tokens: the search for candidates needs it again.
#[derive(Default)]
pub(crate) struct RelatedTokens {
    code: Option<Arc<RelatedCode>>,
    tokens: Arc<IndexedTokens>,
}

impl RelatedTokens {
    /// The tokens of `code`; `None` without code.
    pub(crate) fn of(
        &mut self,
        code: Option<&Arc<RelatedCode>>,
        tokenizer: &Tokenizer,
    ) -> Option<Arc<IndexedTokens>> {
        if self.code.as_ref() != code {
            let pieces = code.iter().flat_map(|code| code.pieces());
            let tokens = IndexedTokens::new(pieces.map(|piece| tokenizer.encode(piece)));
            (self.code, self.tokens) = (code.cloned(), Arc::new(tokens));
        }
        code.map(|_| Arc::clone(&self.tokens))
    }
}
