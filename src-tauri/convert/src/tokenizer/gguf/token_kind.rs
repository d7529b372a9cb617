//! [`TokenKind`]: what a GGUF file says about a token besides its text.

use crate::checkpoint::gguf::metadata::Metadata;
use crate::error::ConvertError;

const KINDS: &str = "tokenizer.ggml.token_type";

/// The use of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// Is a piece of text.
    Normal,
    /// Steers the model and is no text.
    Control,
    /// Is found in a text before the text is split.
    UserDefined,
    /// Only pads the vocabulary.
    Unused,
}

/// Reads the kinds of all tokens, whose codes are those of llama.cpp.
pub(super) fn kinds(metadata: &Metadata, n_tokens: usize) -> Result<Vec<TokenKind>, ConvertError> {
    let Some(codes) = metadata.numbers(KINDS)? else {
        return Ok(vec![TokenKind::Normal; n_tokens]);
    };
    if codes.len() != n_tokens {
        let problem = format!("it has {n_tokens} tokens and the kinds of {}", codes.len());
        return Err(ConvertError::damaged(metadata.path(), problem));
    }
    // A byte's token (6) is found by its name; the unknown token (2) stands for no text.
    let kind = |code: &f64| match *code as i64 {
        2 | 3 => TokenKind::Control,
        4 => TokenKind::UserDefined,
        5 => TokenKind::Unused,
        _ => TokenKind::Normal,
    };
    Ok(codes.iter().map(kind).collect())
}
