//! Token healing: undoes the damage of tokenizing a prompt that ends in the middle of a token.
//!
//! A space belongs to the word after it, so a prefix that ends in `return ` makes the model expect
//! what follows a lone space, which in code is hardly ever a word. Taken off the prompt and forced
//! on the completion instead, the space and the word come as the one token they are in training.
//! The idea is Lundberg's ("The art of prompt design: prompt boundaries and token healing", 2023).

use std::collections::HashSet;

use crate::backend::graph::TokenId;
use crate::prompt::tokenizer::Tokenizer;

/// Knows which tokens of a vocabulary could have gone on.
#[derive(Debug)]
pub(crate) struct Healing {
    /// White-space tokens that longer tokens begin with.
    open: HashSet<TokenId>,
}

impl Healing {
    /// Finds the white-space tokens that other tokens of the vocabulary begin with.
    pub(crate) fn new(tokenizer: &Tokenizer) -> Self {
        let ids = 0..tokenizer.n_ids() as TokenId;
        let mut beginnings: HashSet<&[u8]> = HashSet::new();
        for id in ids.clone() {
            let bytes = tokenizer.bytes(id);
            let n_blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            // A token of blanks alone is no beginning of itself.
            beginnings
                .extend((1..=n_blank.min(bytes.len().saturating_sub(1))).map(|n| &bytes[..n]));
        }
        let open = ids.filter(|id| beginnings.contains(tokenizer.bytes(*id))).collect();
        Self { open }
    }

    /// Takes the last token off `ids` if it could have gone on, and returns its bytes: the
    /// completion has to begin with them. Always leaves one token.
    pub(crate) fn heal(&self, ids: &mut Vec<TokenId>, tokenizer: &Tokenizer) -> Vec<u8> {
        if ids.len() < 2 {
            return Vec::new();
        }
        let last = ids.pop_if(|id| self.open.contains(id));
        last.map_or_else(Vec::new, |id| tokenizer.bytes(id).to_vec())
    }
}
