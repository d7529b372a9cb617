//! [`ForcedPrefix`]: holds a completion to begin with given bytes.
//!
//! Token healing takes the end of the prompt off where a longer token might have stood, and lets
//! the model write it again. Until the taken bytes are written, only tokens that agree with them
//! are allowed.

/// Bytes that the completion has yet to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ForcedPrefix {
    bytes: Vec<u8>,
    /// `bytes[..written]` are done.
    written: usize,
}

impl ForcedPrefix {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, written: 0 }
    }

    /// Whether any token may come now.
    pub(crate) fn is_done(&self) -> bool {
        self.written == self.bytes.len()
    }

    /// Whether a token of these bytes may come next: it goes on with what is left, or covers it
    /// and goes beyond. The empty bytes of special tokens never do.
    pub(crate) fn allows(&self, token: &[u8]) -> bool {
        let left = &self.bytes[self.written..];
        !token.is_empty() && (left.starts_with(token) || token.starts_with(left))
    }

    /// Takes note that `token` was written, and returns what of it is beyond the forced bytes.
    pub(crate) fn advance<'t>(&mut self, token: &'t [u8]) -> &'t [u8] {
        let n_forced = token.len().min(self.bytes.len() - self.written);
        self.written += n_forced;
        &token[n_forced..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_agreeing_tokens_are_allowed() {
        let check = |forced: &str, token: &str, allowed: bool| {
            let prefix = ForcedPrefix::new(forced.into());
            assert_eq!(prefix.allows(token.as_bytes()), allowed, "{token:?} after {forced:?}");
        };
        check(" ", " return", true);
        check(" ", " ", true);
        check(" ", "return", false);
        check("  ", " ", true);
        check("\n    ", "\n        ", true);
        check("\n    ", "\n  ", true);
        check("\n    ", "\nx", false);
        check(" ", "", false);
    }

    #[test]
    fn what_lies_beyond_is_the_completion() {
        let mut prefix = ForcedPrefix::new(b"\n  ".to_vec());
        assert_eq!(prefix.advance(b"\n"), b"", "part of the forced bytes");
        assert!(!prefix.is_done(), "two spaces are left");
        assert_eq!(prefix.advance(b"  if"), b"if", "the rest belongs to the completion");
        assert!(prefix.is_done());
        assert_eq!(prefix.advance(b" x"), b" x", "nothing is forced any more");
    }
}
