//! [`Input`]: the bytes of a pickle that are still to be read.

use super::error::{PickleError, malformed, truncated};

/// The bytes that are still to be read.
#[derive(Debug, Default)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl Input<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], PickleError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&[u8], PickleError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn line(&mut self) -> Result<String, PickleError> {
        let length = self.0.iter().position(|&byte| byte == b'\n').ok_or_else(truncated)?;
        let line = utf8(self.slice(length)?)?.to_owned();
        self.take::<1>()?;
        Ok(line)
    }
}

/// Decodes UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, PickleError> {
    std::str::from_utf8(bytes).or_else(|error| malformed(error.to_string()))
}
