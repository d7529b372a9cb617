//! [`CacheKey`]: a digest of everything that decides a completion.

use std::fmt;

use pounce_engine::{GenerationConfig, Prompt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A digest of a prompt and of how to generate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of a prompt. `None` for sampled completions: they differ each time.
    pub fn new(prompt: &Prompt, config: &GenerationConfig) -> Option<Self> {
        if config.samples() {
            return None;
        }
        let mut digest = Sha256::new();
        digest.update(prompt.language.name());
        digest.update([0, prompt.mode as u8]);
        digest.update(config.max_new_tokens.to_le_bytes());
        // The length first: text that moves from one side of the cursor to the other is another context.
        digest.update(prompt.segments.prefix.len().to_le_bytes());
        digest.update(&prompt.segments.prefix);
        digest.update(&prompt.segments.suffix);
        for piece in config.related.iter().flat_map(|related| related.pieces()) {
            digest.update(piece.len().to_le_bytes());
            digest.update(piece);
        }
        Some(Self(digest.finalize().into()))
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({})", String::from(*self))
    }
}

impl From<CacheKey> for String {
    fn from(key: CacheKey) -> Self {
        key.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The text is no digest.
#[derive(Debug, thiserror::Error)]
#[error("a cache key must be 64 hexadecimal digits")]
pub struct NotAKey;

impl TryFrom<String> for CacheKey {
    type Error = NotAKey;

    fn try_from(text: String) -> Result<Self, NotAKey> {
        let digits = text.as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = digits.chunks(2).map(byte).collect();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(NotAKey)
    }
}
