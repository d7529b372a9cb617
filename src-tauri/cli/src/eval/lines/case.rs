//! [`Case`]: a line of a file that is known.

use pounce_engine::{Language, Segments};
use serde::Deserialize;

use super::super::options::EvalOptions;
use crate::snippet_request::SnippetRequest;

/// One case of the file. Other keys are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Case {
    language: String,
    pub(super) prefix: String,
    #[serde(default)]
    pub(super) suffix: String,
    pub(super) target: String,
}

impl Case {
    /// Asks for the target, with or without the code after the cursor.
    pub(super) fn request(&self, shows_suffix: bool, options: &EvalOptions) -> SnippetRequest {
        let suffix = if shows_suffix { self.suffix.clone() } else { String::new() };
        let segments = Segments { prefix: self.prefix.clone(), suffix };
        let language: Language = self.language.parse().unwrap_or_default();
        options.line(&segments, language)
    }

    /// The code after the cursor on its line; `None` if that is white space.
    pub(super) fn rest_of_line(&self) -> Option<&str> {
        let rest = self.suffix.split('\n').next().unwrap_or_default();
        (!rest.trim().is_empty()).then_some(rest)
    }
}
