//! [`CompletionText`]: token bytes to text, one token at a time.
//!
//! A token may end in the middle of a character; its bytes wait until the rest has come, so that
//! the text is whole at every step.

/// The text of a completion while it grows.
#[derive(Debug, Default)]
pub(crate) struct CompletionText {
    text: String,
    /// The start of a character whose rest has not come: three bytes at most.
    unfinished: Vec<u8>,
    /// Length of `text` after each token: `[n_tokens]`.
    ends: Vec<usize>,
}

impl CompletionText {
    /// Appends one token's bytes. Bytes that are no UTF-8 become U+FFFD.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.unfinished.extend(bytes);
        let unfinished = std::mem::take(&mut self.unfinished);
        for chunk in unfinished.utf8_chunks() {
            self.text.push_str(chunk.valid());
            let is_last = chunk.invalid().as_ptr_range().end == unfinished.as_ptr_range().end;
            match chunk.invalid() {
                [] => {}
                rest if is_last && may_go_on(rest) => self.unfinished.extend(rest),
                _ => self.text.push(char::REPLACEMENT_CHARACTER),
            }
        }
        self.ends.push(self.text.len());
    }

    /// The whole characters so far.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Length of the text, in bytes, when it consisted of the first `n_tokens`.
    pub(crate) fn end_of_token(&self, n_tokens: usize) -> usize {
        n_tokens.checked_sub(1).map_or(0, |idx| self.ends[idx])
    }

    /// Keeps the first `length` bytes.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }

    pub(crate) fn into_string(self) -> String {
        self.text
    }
}

/// Whether `bytes`, which are not UTF-8, could become a character with more bytes.
fn may_go_on(bytes: &[u8]) -> bool {
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
    fn a_character_appears_when_it_is_whole() {
        check(&[b"a", b"b"], &["a", "ab"]);
        check(&["é".as_bytes()], &["é"]);
        check(&[b"\xC3", b"\xA9x"], &["", "éx"]);
        check(&[b"x\xF0\x9F", b"\x90", b"\x88!"], &["x", "x", "x🐈!"]);
    }

    #[test]
    fn broken_bytes_do_not_stop_what_follows() {
        check(&[b"\xFFa"], &["\u{FFFD}a"]);
        check(&[b"\xC3", b"a"], &["", "\u{FFFD}a"]);
        check(&[b"a\xFF", b"b"], &["a\u{FFFD}", "a\u{FFFD}b"]);
    }

    #[test]
    fn the_end_of_every_token_is_known() {
        let mut text = CompletionText::default();
        for bytes in [b"ab".as_slice(), b"\xC3", b"\xA9"] {
            text.push(bytes);
        }
        let ends: Vec<usize> = (0..4).map(|n| text.end_of_token(n)).collect();
        assert_eq!(ends, [0, 2, 2, 4], "half a character adds nothing");
    }
}
