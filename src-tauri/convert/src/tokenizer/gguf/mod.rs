//! A `tokenizer.json` made of the vocabulary in a GGUF file.
//!
//! Two kinds are read: byte-level BPE with its merges (`gpt2`), and the BPE of SentencePiece
//! (`llama`), whose merges follow from the scores of its pieces.

mod byte_level;
mod pre_tokenizer;
mod sentence_piece;
#[cfg(test)]
mod tests;
mod token_kind;
mod vocabulary;

use crate::checkpoint::gguf::metadata::Metadata;
use crate::error::ConvertError;
use byte_level::byte_level_tokenizer;
use sentence_piece::sentence_piece_tokenizer;
use token_kind::kinds;
use vocabulary::GgufVocabulary;

const MODEL: &str = "tokenizer.ggml.model";
const TOKENS: &str = "tokenizer.ggml.tokens";

/// Returns the text of the `tokenizer.json`.
pub(super) fn tokenizer_json(metadata: &Metadata) -> Result<Vec<u8>, ConvertError> {
    let tokens = metadata.require(TOKENS, metadata.texts(TOKENS)?)?;
    let vocabulary = GgufVocabulary { metadata, tokens, kinds: kinds(metadata, tokens.len())? };
    let tokenizer = match metadata.require(MODEL, metadata.text(MODEL)?)? {
        "gpt2" => byte_level_tokenizer(&vocabulary)?,
        "llama" => sentence_piece_tokenizer(&vocabulary)?,
        other => {
            let problem = format!("its vocabulary is of the kind {other:?}");
            return Err(vocabulary.unsupported(&problem));
        }
    };
    Ok(tokenizer.into_bytes())
}
