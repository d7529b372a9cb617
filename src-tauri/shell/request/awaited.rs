//! [`AwaitedText`]: a text whose completion had to wait until its model is loaded.

use std::fmt;

/// The text. It belongs to the user: never log it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AwaitedText(pub(crate) String);

impl fmt::Debug for AwaitedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AwaitedText({} bytes)", self.0.len())
    }
}
