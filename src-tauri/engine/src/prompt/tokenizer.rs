//! [`Tokenizer`]: text to token ids, and ids to the bytes they stand for. The only file that names
//! `tokenizers`.
//!
//! That library decodes to text, but a token may end inside a character, and a completion may have
//! to begin with given bytes. So every token's bytes are computed once, when the vocabulary is
//! loaded.

use std::error::Error;
use std::panic::catch_unwind;
use std::path::Path;

use pounce_model_format::one_line;
use pounce_model_format::regular_file::{self, FileKind};
use tokenizers::{DecoderWrapper, Tokenizer as HfTokenizer};

use crate::backend::graph::TokenId;
use crate::error::EngineError;

/// A loaded vocabulary. Loading takes tens of milliseconds, encoding microseconds.
pub(crate) struct Tokenizer {
    inner: HfTokenizer,
    pieces: Pieces,
}

/// Larger vocabularies are rejected: real ones are far smaller.
const MAX_IDS: u32 = 1 << 24;
/// A character that no vocabulary has. Encoding it shows whether unknown characters are an error.
const FOREIGN: &str = "\u{10FFFF}";

/// The bytes of every token, in one buffer.
struct Pieces {
    bytes: Vec<u8>,
    /// Token `id` stands for `bytes[ends[id - 1]..ends[id]]`: `[n_ids]`.
    ends: Vec<u32>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// [`EngineError::Tokenizer`] if it is missing or not a tokenizer.
    pub(crate) fn load(path: &Path) -> Result<Self, EngineError> {
        let error = |reason: String| EngineError::Tokenizer {
            path: path.to_owned(),
            reason: one_line(&reason),
        };
        let json = regular_file::read(path, FileKind::Tokenizer);
        let json = json.map_err(|source| error(source.to_string()))?;
        // The library panics on some files, such as one that is cut off in its decoder.
        let parsed = catch_unwind(|| Self::parse(&json));
        parsed.unwrap_or_else(|_| Err("it is damaged".into())).map_err(|why| error(why.to_string()))
    }

    fn parse(json: &[u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut inner = HfTokenizer::from_bytes(json)?;
        inner.set_encode_special_tokens(true);
        // Some files still have the settings of training; only `Context` may clip a prompt.
        inner.with_truncation(None)?;
        inner.with_padding(None);
        inner.encode_fast(FOREIGN, false)?;
        let highest = inner.get_vocab(true).into_values().max();
        let highest = highest.ok_or("its vocabulary is empty")?;
        if highest >= MAX_IDS {
            return Err(format!("its ids go up to {highest}").into());
        }
        Ok(Self { pieces: Pieces::new(&inner, highest + 1), inner })
    }

    /// The ids of `text`. Code that spells out a special token is encoded as ordinary code.
    pub(crate) fn encode(&self, text: &str) -> Vec<TokenId> {
        let encoding = self
            .inner
            .encode_fast(text, false)
            .expect("loading checked that unknown characters are no error");
        encoding.get_ids().to_vec()
    }

    /// The id of a token by its text, special or not.
    ///
    /// # Errors
    /// [`EngineError::MissingToken`] if the vocabulary lacks it.
    pub(crate) fn id_of(&self, token: &str) -> Result<TokenId, EngineError> {
        self.inner
            .token_to_id(token)
            .ok_or_else(|| EngineError::MissingToken { token: token.to_owned() })
    }

    /// The bytes that `id` stands for. They may be parts of characters; special tokens have none.
    pub(crate) fn bytes(&self, id: TokenId) -> &[u8] {
        self.pieces.get(id as usize)
    }

    /// One more than the highest id.
    pub(crate) fn n_ids(&self) -> usize {
        self.pieces.ends.len()
    }
}

/// Reads a `tokenizer.json` and returns the bytes that the tokens of `text` stand for.
///
/// # Errors
/// [`EngineError::Tokenizer`] if it is missing or not a tokenizer.
#[cfg(feature = "fuzzing")]
pub fn tokenize(path: &Path, text: &str) -> Result<Vec<u8>, EngineError> {
    let tokenizer = Tokenizer::load(path)?;
    Ok(tokenizer.encode(text).into_iter().flat_map(|id| tokenizer.bytes(id).to_vec()).collect())
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer").field("n_ids", &self.n_ids()).finish()
    }
}

impl Pieces {
    fn new(tokenizer: &HfTokenizer, n_ids: u32) -> Self {
        let special = tokenizer.get_added_tokens_decoder();
        let alphabet = Alphabet::of(tokenizer);
        let mut pieces = Self { bytes: Vec::new(), ends: Vec::with_capacity(n_ids as usize) };
        for id in 0..n_ids {
            match (special.get(&id), tokenizer.id_to_token(id)) {
                (Some(added), _) if added.special => {}
                (Some(added), _) => pieces.bytes.extend(added.content.as_bytes()),
                (None, Some(token)) => alphabet.decode(&token, &mut pieces.bytes),
                (None, None) => {}
            }
            pieces.ends.push(
                u32::try_from(pieces.bytes.len()).expect("a vocabulary is smaller than 4 GiB"),
            );
        }
        pieces
    }

    fn get(&self, id: usize) -> &[u8] {
        let Some(end) = self.ends.get(id) else { return &[] };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..*end as usize]
    }
}

/// How a vocabulary writes bytes as text.
enum Alphabet {
    /// Every byte is one printable character, as in GPT-2.
    ByteLevel,
    /// A space is `▁` and a byte outside the vocabulary `<0x0A>`, as in SentencePiece.
    SentencePiece,
}

impl Alphabet {
    fn of(tokenizer: &HfTokenizer) -> Self {
        match tokenizer.get_decoder() {
            Some(DecoderWrapper::ByteLevel(_)) | None => Self::ByteLevel,
            // SentencePiece writes spaces as ▁; Llama's vocabulary has the letter Ġ too.
            Some(_) if tokenizer.token_to_id("▁").is_some() => Self::SentencePiece,
            Some(_) if tokenizer.token_to_id("Ġ").is_some() => Self::ByteLevel,
            Some(_) => Self::SentencePiece,
        }
    }

    fn decode(&self, token: &str, bytes: &mut Vec<u8>) {
        match self {
            Self::ByteLevel => decode_byte_level(token, bytes),
            Self::SentencePiece => decode_sentence_piece(token, bytes),
        }
    }
}

fn decode_byte_level(token: &str, bytes: &mut Vec<u8>) {
    for c in token.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// The byte that GPT-2's alphabet writes as `c`. Printable Latin-1 characters stand for themselves,
/// and the characters from U+0100 on for the other 68 bytes, in order (`bytes_to_unicode` in
/// OpenAI's gpt-2/src/encoder.py).
fn byte_of(c: char) -> Option<u8> {
    let printable = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let code = u32::from(c);
    if let Ok(byte) = u8::try_from(code) {
        return Some(byte).filter(printable);
    }
    let others = (0..=u8::MAX).filter(|byte| !printable(byte));
    others.into_iter().nth(code.checked_sub(0x100)? as usize)
}

fn decode_sentence_piece(token: &str, bytes: &mut Vec<u8>) {
    let byte = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
        Some(byte) => bytes.push(byte),
        None => bytes.extend(token.replace('▁', " ").as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_alphabet_is_complete() {
        let mut bytes: Vec<u8> =
            (0..0x144).filter_map(char::from_u32).filter_map(byte_of).collect();
        bytes.sort_unstable();
        assert_eq!(
            bytes,
            (0..=u8::MAX).collect::<Vec<_>>(),
            "every byte has exactly one character"
        );
    }

    /// A tokenizer with this decoder, a vocabulary of single characters, and further fields.
    fn tokenizer(decoder: &str, vocabulary: &[&str], more: &str) -> Result<Tokenizer, EngineError> {
        let ids: Vec<String> =
            vocabulary.iter().enumerate().map(|(id, token)| format!("{token:?}: {id}")).collect();
        let json = format!(
            r#"{{"version": "1.0", "added_tokens": [], "decoder": {{{decoder}}}, {more}
                "model": {{"type": "BPE", "vocab": {{{}}}, "merges": []}}}}"#,
            ids.join(", ")
        );
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), json).unwrap();
        Tokenizer::load(file.path())
    }

    #[test]
    fn the_alphabet_is_recognized_by_its_space() {
        let check = |decoder: &str, vocabulary: &[&str], expected: &[u8]| {
            let tokenizer = tokenizer(decoder, vocabulary, "").unwrap();
            assert_eq!(tokenizer.bytes(0), expected, "{decoder} of {vocabulary:?}");
        };
        let fuse = r#""type": "Fuse""#;
        check(
            r#""type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true"#,
            &["Ġ", "a"],
            b" ",
        );
        check(fuse, &["Ġ", "a"], b" ");
        // Llama's.
        check(fuse, &["▁", "Ġ", "a"], b" ");
        check(fuse, &["Ġ", "▁", "a"], "Ġ".as_bytes());
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let check = |decoder: &str, more: &str| {
            let message = tokenizer(decoder, &["a"], more).unwrap_err().to_string();
            assert!(message.contains("install the model again"), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        };
        check(r#""type": "Fuse", "a": b"#, "");
        check(r#""type": "Nothing""#, "");
        check(r#""type": "Fuse""#, r#""version": "a\nb","#);
    }

    #[test]
    fn truncation_and_padding_of_the_file_are_ignored() {
        let more = r#"
            "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
            "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null,
                "pad_id": 0, "pad_type_id": 0, "pad_token": "a"},"#;
        let tokenizer = tokenizer(r#""type": "Fuse""#, &["a", "b"], more).unwrap();
        assert_eq!(tokenizer.encode("abba"), [0, 1, 1, 0]);
    }

    #[test]
    fn tokens_are_decoded_to_bytes() {
        let check = |decode: fn(&str, &mut Vec<u8>), token: &str, expected: &[u8]| {
            let mut bytes = Vec::new();
            decode(token, &mut bytes);
            assert_eq!(bytes, expected, "{token:?}");
        };
        check(decode_byte_level, "Ġreturn", b" return");
        check(decode_byte_level, "ĊĠĠ", b"\n  ");
        check(decode_byte_level, "Ã©", "é".as_bytes());
        check(decode_sentence_piece, "▁return", b" return");
        check(decode_sentence_piece, "<0x0A>", b"\n");
    }
}
