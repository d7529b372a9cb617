//! [`ForcedPrefix`]: makes a completion begin with given bytes.
//!
//! [Healing](super::healing) takes the end of the prompt off for the model to write again. Until
//! those bytes are written, only tokens that agree with them are allowed.

/// Bytes that the completion has to begin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ForcedPrefix {
    bytes: Vec<u8>,
    /// How many of them are written.
    n_written: usize,
}

impl ForcedPrefix {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, n_written: 0 }
    }

    /// Whether all bytes are written, so that any token may come next.
    pub(crate) fn is_done(&self) -> bool {
        self.n_written == self.bytes.len()
    }

    /// Whether a token of these bytes may come next: the remaining bytes begin with it, or it
    /// begins with them. Special tokens, which have no bytes, may not.
    pub(crate) fn allows(&self, token: &[u8]) -> bool {
        let left = &self.bytes[self.n_written..];
        !token.is_empty() && (left.starts_with(token) || token.starts_with(left))
    }

    /// Records that `token` was written. Returns its bytes beyond the forced ones.
    pub(crate) fn advance<'t>(&mut self, token: &'t [u8]) -> &'t [u8] {
        let n_forced = token.len().min(self.bytes.len() - self.n_written);
        self.n_written += n_forced;
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
    fn bytes_beyond_the_forced_ones_are_the_completion() {
        let mut prefix = ForcedPrefix::new(b"\n  ".to_vec());
        assert_eq!(prefix.advance(b"\n"), b"", "part of the forced bytes");
        assert!(!prefix.is_done(), "two spaces are left");
        assert_eq!(prefix.advance(b"  if"), b"if", "the rest belongs to the completion");
        assert!(prefix.is_done());
        assert_eq!(prefix.advance(b" x"), b" x", "nothing is forced any more");
    }
}
