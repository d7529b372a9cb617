//! What the user's project says about the next tokens.
//!
//! [`related_code`] is what a request brings along, [`related_tokens`] the same in the model's tokens,
//! which [`indexed_tokens`] finds again. [`continuations`] tells what follows the last tokens there, and
//! [`proposal`] mixes that into the model's probabilities.

pub(crate) mod continuations;
pub(crate) mod indexed_tokens;
pub(crate) mod proposal;
pub(crate) mod related_code;
pub(crate) mod related_tokens;
