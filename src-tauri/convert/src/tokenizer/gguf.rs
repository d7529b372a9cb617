//! A `tokenizer.json` out of the vocabulary that a GGUF file carries.
//!
//! Two kinds are read: byte-level BPE with its merges (`gpt2`), and the BPE of SentencePiece
//! (`llama`), whose merges follow from the scores of its pieces.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::metadata::Metadata;
use super::pre_tokenizer;
use crate::error::ConvertError;

const MODEL: &str = "tokenizer.ggml.model";
const PRE: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const KINDS: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const SCORES: &str = "tokenizer.ggml.scores";

/// Bytes of a piece that others can make up, far above those of any vocabulary.
const LONGEST_PIECE: usize = 1024;

/// What `token_type` says of a token; the numbers are llama.cpp's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Normal,
    /// Has a meaning outside the text.
    Control,
    /// Is found in a text before it is cut up.
    UserDefined,
    /// Fills the vocabulary up.
    Unused,
}

/// The text of the `tokenizer.json`.
pub(crate) fn tokenizer_json(metadata: &Metadata) -> Result<Vec<u8>, ConvertError> {
    let tokens = metadata.require(TOKENS, metadata.texts(TOKENS)?)?;
    let vocabulary = Vocabulary { metadata, tokens, kinds: kinds(metadata, tokens.len())? };
    let json = match metadata.require(MODEL, metadata.text(MODEL)?)? {
        "gpt2" => vocabulary.byte_level()?,
        "llama" => vocabulary.sentence_piece()?,
        other => {
            return Err(unsupported(metadata, format!("its vocabulary is of the kind {other:?}")));
        }
    };
    Ok(json.to_string().into_bytes())
}

fn unsupported(metadata: &Metadata, problem: String) -> ConvertError {
    let problem = format!("{problem}: put the model's tokenizer.json beside it");
    ConvertError::Unsupported { path: metadata.path().to_owned(), problem }
}

fn kinds(metadata: &Metadata, n_tokens: usize) -> Result<Vec<Kind>, ConvertError> {
    let Some(codes) = metadata.numbers(KINDS)? else { return Ok(vec![Kind::Normal; n_tokens]) };
    if codes.len() != n_tokens {
        let problem = format!("it has {n_tokens} tokens and the kinds of {}", codes.len());
        return Err(ConvertError::damaged(metadata.path(), problem));
    }
    // A byte's token (6) is found by its name; the unknown token (2) stands for no text.
    let kind = |code: &f64| match *code as i64 {
        2 | 3 => Kind::Control,
        4 => Kind::UserDefined,
        5 => Kind::Unused,
        _ => Kind::Normal,
    };
    Ok(codes.iter().map(kind).collect())
}

struct Vocabulary<'a> {
    metadata: &'a Metadata,
    tokens: &'a [String],
    kinds: Vec<Kind>,
}

impl Vocabulary<'_> {
    /// GPT-2's kind: every byte is a printable character, merges are listed.
    fn byte_level(&self) -> Result<Value, ConvertError> {
        let name = self.metadata.text(PRE)?.unwrap_or("default");
        let pre_tokenizer = pre_tokenizer::of(name).ok_or_else(|| {
            unsupported(self.metadata, format!("its texts are cut up in the way {name:?}"))
        })?;
        let merges = self.metadata.require(MERGES, self.metadata.texts(MERGES)?)?;
        let ids = self.ids()?;
        let merges: Vec<[&str; 2]> =
            merges.iter().map(|merge| self.merge(merge, &ids)).collect::<Result<_, _>>()?;
        let byte_level = json!({
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
        });
        let model = json!({
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
            "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
            "ignore_merges": pre_tokenizer.ignores_merges, "vocab": ids, "merges": merges,
        });
        Ok(self.tokenizer(Value::Null, pre_tokenizer.json, byte_level, model))
    }

    /// A merge is two tokens with a space between, which together are a third.
    fn merge<'m>(
        &self,
        merge: &'m str,
        ids: &BTreeMap<&str, usize>,
    ) -> Result<[&'m str; 2], ConvertError> {
        let known = |token: &str| ids.contains_key(token);
        let pair = merge.split_once(' ').filter(|(left, right)| {
            known(left) && known(right) && known(&[*left, *right].concat())
        });
        let (left, right) = pair.ok_or_else(|| {
            let problem = format!("its merge {merge:?} does not join two of its tokens");
            ConvertError::damaged(self.metadata.path(), problem)
        })?;
        Ok([left, right])
    }

    /// SentencePiece's kind: spaces are `▁`, unknown bytes have tokens of their own, and of two
    /// neighbours those are joined first whose joint piece scores highest.
    fn sentence_piece(&self) -> Result<Value, ConvertError> {
        let scores = self.metadata.require(SCORES, self.metadata.numbers(SCORES)?)?;
        if scores.len() != self.tokens.len() {
            let problem = format!("{} tokens have {} scores", self.tokens.len(), scores.len());
            return Err(ConvertError::damaged(self.metadata.path(), problem));
        }
        let ids = self.ids()?;
        let unknown = self.metadata.integer("tokenizer.ggml.unknown_token_id")?.unwrap_or(0);
        let unknown = usize::try_from(unknown).ok().and_then(|id| self.tokens.get(id));
        let model = json!({
            "type": "BPE", "dropout": null, "unk_token": unknown, "fuse_unk": true,
            "continuing_subword_prefix": null, "end_of_word_suffix": null, "byte_fallback": true,
            "ignore_merges": false, "vocab": ids, "merges": self.merges_by_score(&scores, &ids),
        });
        let replace = |from: &str, to: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": to});
        let decoder = json!({
            "type": "Sequence",
            "decoders": [replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}],
        });
        // No space is put in front: a prefix is code that begins where it begins.
        Ok(self.tokenizer(replace(" ", "▁"), Value::Null, decoder, model))
    }

    /// Every way to put a piece together of two others, best piece first.
    fn merges_by_score<'t>(
        &'t self,
        scores: &[f64],
        ids: &BTreeMap<&str, usize>,
    ) -> Vec<[&'t str; 2]> {
        let mut merges = Vec::new();
        for (token, (kind, &score)) in self.tokens.iter().zip(self.kinds.iter().zip(scores)) {
            // Comparing all halves of a longer one would take hours.
            if *kind != Kind::Normal || token.len() > LONGEST_PIECE {
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

    /// Ids by token, without those that fill the vocabulary up.
    fn ids(&self) -> Result<BTreeMap<&str, usize>, ConvertError> {
        let mut ids = BTreeMap::new();
        let tokens = self.tokens.iter().zip(&self.kinds).enumerate();
        for (id, (token, _)) in tokens.filter(|(_, (_, kind))| **kind != Kind::Unused) {
            if let Some(first) = ids.insert(token.as_str(), id) {
                let problem = format!("its tokens {first} and {id} are both {token:?}");
                return Err(ConvertError::damaged(self.metadata.path(), problem));
            }
        }
        Ok(ids)
    }

    fn added_tokens(&self) -> Vec<Value> {
        let tokens = self.tokens.iter().zip(&self.kinds).enumerate();
        let is_added = |kind: Kind| matches!(kind, Kind::Control | Kind::UserDefined);
        tokens
            .filter(|(_, (_, kind))| is_added(**kind))
            .map(|(id, (token, kind))| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": *kind == Kind::Control,
                })
            })
            .collect()
    }

    fn tokenizer(&self, normalizer: Value, pre: Value, decoder: Value, model: Value) -> Value {
        json!({
            "version": "1.0", "truncation": null, "padding": null,
            "added_tokens": self.added_tokens(), "normalizer": normalizer, "pre_tokenizer": pre,
            "post_processor": null, "decoder": decoder, "model": model,
        })
    }
}
