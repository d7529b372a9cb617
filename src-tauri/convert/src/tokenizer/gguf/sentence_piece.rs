//! The BPE of SentencePiece: spaces are `▁`, unknown bytes have tokens of their own, and of all
//! neighbours those are joined first whose joint piece has the highest score.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::token_kind::TokenKind;
use super::vocabulary::GgufVocabulary;
use crate::error::ConvertError;
use crate::tokenizer::json::{Tokenizer, bpe};

const SCORES: &str = "tokenizer.ggml.scores";
const UNKNOWN_TOKEN: &str = "tokenizer.ggml.unknown_token_id";

/// The most bytes of a piece that is made of others, which is far above those of any vocabulary.
const LONGEST_PIECE: usize = 1024;

/// Returns the tokenizer of a vocabulary of SentencePiece's kind.
pub(super) fn sentence_piece_tokenizer(
    vocabulary: &GgufVocabulary<'_>,
) -> Result<Tokenizer, ConvertError> {
    let GgufVocabulary { metadata, tokens, .. } = vocabulary;
    let scores = metadata.require(SCORES, metadata.numbers(SCORES)?)?;
    if scores.len() != tokens.len() {
        let problem = format!("{} tokens have {} scores", tokens.len(), scores.len());
        return Err(ConvertError::damaged(metadata.path(), problem));
    }
    let ids = vocabulary.ids()?;
    let unknown = metadata.integer(UNKNOWN_TOKEN)?.unwrap_or(0);
    let unknown = usize::try_from(unknown).ok().and_then(|id| tokens.get(id));
    let mut model = bpe(&ids, merges_by_score(vocabulary, &scores, &ids));
    model["unk_token"] = json!(unknown);
    model["fuse_unk"] = true.into();
    model["byte_fallback"] = true.into();
    let decoders = json!([replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}]);
    Ok(Tokenizer {
        added_tokens: vocabulary.added_tokens(),
        // No space is put in front, because a prefix is code that starts where it starts.
        normalizer: replace(" ", "▁"),
        pre_tokenizer: Value::Null,
        post_processor: Value::Null,
        decoder: json!({ "type": "Sequence", "decoders": decoders }),
        model,
    })
}

fn replace(from: &str, to: &str) -> Value {
    json!({ "type": "Replace", "pattern": { "String": from }, "content": to })
}

/// Returns every pair of pieces that make a third piece, the pair with the best third piece first.
fn merges_by_score<'a>(
    vocabulary: &GgufVocabulary<'a>,
    scores: &[f64],
    ids: &BTreeMap<&str, usize>,
) -> Vec<[&'a str; 2]> {
    let mut merges = Vec::new();
    for (token, (kind, &score)) in vocabulary.tokens.iter().zip(vocabulary.kinds.iter().zip(scores))
    {
        // Looking up all halves of an endless piece would take hours.
        if *kind != TokenKind::Normal || token.len() > LONGEST_PIECE {
            continue;
        }
        for (split, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(split);
            if let (Some(&left_id), Some(&right_id)) = (ids.get(left), ids.get(right)) {
                merges.push((score, left_id, right_id, [left, right]));
            }
        }
    }
    merges.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    merges.into_iter().map(|(.., pair)| pair).collect()
}
