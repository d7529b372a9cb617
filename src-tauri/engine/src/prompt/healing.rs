//! Token healing: corrects the tokenization of a prompt that ends in the middle of a token.
//!
//! In most vocabularies a space belongs to the word after it. A prefix that ends in `return `
//! therefore makes the model continue after a lone space, which training code hardly ever has.
//! Healing takes the space off the prompt and forces the completion to begin with it, so that the
//! space and the next word come as one token. Source: Lundberg, "The art of prompt design: prompt
//! boundaries and token healing", 2023.

use std::collections::HashSet;

use crate::backend::graph::TokenId;
use crate::prompt::tokenizer::Tokenizer;

/// The tokens of a vocabulary that healing takes off a prompt.
#[derive(Debug)]
pub(crate) struct Healing {
    /// White-space tokens that longer tokens begin with.
    extensible: HashSet<TokenId>,
}

impl Healing {
    /// Collects the white-space tokens that other tokens of the vocabulary begin with.
    pub(crate) fn new(tokenizer: &Tokenizer) -> Self {
        let ids = 0..tokenizer.n_ids() as TokenId;
        let mut beginnings: HashSet<&[u8]> = HashSet::new();
        for id in ids.clone() {
            let bytes = tokenizer.bytes(id);
            let n_blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            // A token is not a beginning of itself.
            let longest = n_blank.min(bytes.len().saturating_sub(1));
            beginnings.extend((1..=longest).map(|n| &bytes[..n]));
        }
        let extensible = ids.filter(|id| beginnings.contains(tokenizer.bytes(*id))).collect();
        Self { extensible }
    }

    /// Takes the last token off `ids` if a longer one could have stood there. Returns its bytes,
    /// with which the completion has to begin. Always leaves one token.
    pub(crate) fn heal(&self, ids: &mut Vec<TokenId>, tokenizer: &Tokenizer) -> Vec<u8> {
        if ids.len() < 2 {
            return Vec::new();
        }
        let last = ids.pop_if(|id| self.extensible.contains(id));
        last.map_or_else(Vec::new, |id| tokenizer.bytes(id).to_vec())
    }
}
