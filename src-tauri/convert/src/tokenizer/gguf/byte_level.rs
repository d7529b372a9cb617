//! Byte-level BPE: each byte is a printable character, and the merges are listed.

use serde_json::Value;

use super::pre_tokenizer;
use super::vocabulary::GgufVocabulary;
use crate::error::ConvertError;
use crate::tokenizer::json::{Tokenizer, bpe, byte_level, merge};

const PRE_TOKENIZER: &str = "tokenizer.ggml.pre";
const MERGES: &str = "tokenizer.ggml.merges";

/// Returns the tokenizer of a vocabulary of GPT-2's kind.
pub(super) fn byte_level_tokenizer(
    vocabulary: &GgufVocabulary<'_>,
) -> Result<Tokenizer, ConvertError> {
    let metadata = vocabulary.metadata;
    let name = metadata.text(PRE_TOKENIZER)?.unwrap_or("default");
    let pre_tokenizer = pre_tokenizer::find(name).ok_or_else(|| {
        vocabulary.unsupported(&format!("its texts are split in the unknown way {name:?}"))
    })?;
    let ids = vocabulary.ids()?;
    let unknown = |line: &str| {
        let problem = format!("its merge {line:?} does not join two of its tokens");
        ConvertError::damaged(metadata.path(), problem)
    };
    let split = |line| merge(line, |token| ids.contains_key(token)).ok_or_else(|| unknown(line));
    let merges = metadata.require(MERGES, metadata.texts(MERGES)?)?;
    let merges: Vec<[&str; 2]> = merges.iter().map(|line| split(line)).collect::<Result<_, _>>()?;
    let mut model = bpe(&ids, merges);
    model["ignore_merges"] = pre_tokenizer.ignores_merges.into();
    Ok(Tokenizer {
        added_tokens: vocabulary.added_tokens(),
        normalizer: Value::Null,
        pre_tokenizer: pre_tokenizer.json,
        post_processor: Value::Null,
        decoder: byte_level(true, true),
        model,
    })
}
