//! [`PickleError`]: why a pickle is not a dictionary of tensors.

/// Why a pickle is not a dictionary of tensors.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PickleError {
    /// It names a Python object that weights do not need.
    Forbidden(String),
    /// It is broken, or a pickle of something else.
    Malformed(String),
}

/// Fails with a problem that is about the pickle as a whole or a value in it.
pub(super) fn malformed<T>(problem: impl Into<String>) -> Result<T, PickleError> {
    Err(PickleError::Malformed(problem.into()))
}

pub(super) fn underflow() -> PickleError {
    PickleError::Malformed("it takes more from its stack than there is".to_owned())
}

pub(super) fn truncated() -> PickleError {
    PickleError::Malformed("it ends too early".to_owned())
}
