//! [`Case`]: a line of a file that is known.

use pounce_engine::{Language, Segments};
use serde::Deserialize;

use super::super::options::EvalOptions;
use crate::snippet_request::SnippetRequest;

/// One case of the file. Other keys are ignored.
#[derive(Debug, Deserialize)]
pub(in crate::eval) struct Case {
    pub(in crate::eval) language: String,
    pub(in crate::eval) prefix: String,
    #[serde(default)]
    pub(super) suffix: String,
    pub(in crate::eval) target: String,
}

impl Case {
    /// Asks for the target, with or without the code after the cursor.
    pub(in crate::eval) fn request(
        &self,
        shows_suffix: bool,
        options: &EvalOptions,
    ) -> SnippetRequest {
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
