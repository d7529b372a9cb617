//! [`FieldError`]: a setting that cannot be used, and why.

use std::fmt;

use serde::Serialize;

/// A setting that cannot be used, for a form to show beside its field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldError {
    /// The path of the field: `deadlines.target_ms`.
    pub field: String,
    /// What is wrong with it and what it may be, on one line.
    pub message: String,
}

impl FieldError {
    /// The error of one field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
