//! [`CompletionText`]: token bytes to text, one token at a time.
//!
//! A token may end inside a character. The bytes of such a character are held back until it is
//! complete.

/// The text of a growing completion.
#[derive(Debug, Default)]
pub(crate) struct CompletionText {
    text: String,
    /// The beginning of an incomplete character: at most three bytes.
    unfinished: Vec<u8>,
    /// The length of `text` in bytes after each token: `[n_tokens]`.
    ends: Vec<usize>,
}

impl CompletionText {
    /// Appends one token's bytes. Invalid UTF-8 becomes U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.unfinished.extend(bytes);
        let unfinished = std::mem::take(&mut self.unfinished);
        for chunk in unfinished.utf8_chunks() {
            self.text.push_str(chunk.valid());
            let is_last = chunk.invalid().as_ptr_range().end == unfinished.as_ptr_range().end;
            match chunk.invalid() {
                [] => {}
                rest if is_last && is_incomplete(rest) => self.unfinished.extend(rest),
                _ => self.text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        self.ends.push(self.text.len());
    }

    /// The complete characters so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The length of the text in bytes after the first `n_tokens`.
    pub(crate) fn end_of_token(&self, n_tokens: usize) -> usize {
        n_tokens.checked_sub(1).map_or(0, |idx| self.ends[idx])
    }

    /// Keeps the first `length` bytes, which must end with a character.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }
}

/// Whether `bytes`, which are invalid UTF-8, are the beginning of a character.
fn is_incomplete(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tokens: &[&[u8]], expected: &[&str]) {
        let mut text = CompletionText::default();
        let steps: Vec<String> = tokens
            .iter()
            .map(|bytes| {
                text.push(bytes);
                text.as_str().to_owned()
            })
            .collect();
        assert_eq!(steps, expected, "after each of {tokens:?}");
    }

    #[test]
    fn a_character_appears_when_it_is_complete() {
        check(&[b"a", b"b"], &["a", "ab"]);
        check(&["é".as_bytes()], &["é"]);
        check(&[b"\xC3", b"\xA9x"], &["", "éx"]);
        check(&[b"x\xF0\x9F", b"\x90", b"\x88!"], &["x", "x", "x🐈!"]);
    }

    #[test]
    fn invalid_bytes_do_not_affect_what_follows() {
        check(&[b"\xFFa"], &["\u{FFFD}a"]);
        check(&[b"\xC3", b"a"], &["", "\u{FFFD}a"]);
        check(&[b"a\xFF", b"b"], &["a\u{FFFD}", "a\u{FFFD}b"]);
    }

    #[test]
    fn the_length_after_every_token_is_kept() {
        let mut text = CompletionText::default();
        for bytes in [b"ab".as_slice(), b"\xC3", b"\xA9"] {
            text.push(bytes);
        }
        let ends: Vec<usize> = (0..4).map(|n| text.end_of_token(n)).collect();
        assert_eq!(ends, [0, 2, 2, 4], "half a character adds nothing");
    }
}
