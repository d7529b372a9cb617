//! [`Completed`]: a completion that was delivered, for the list of the last ones.

use std::fmt;
use std::time::SystemTime;

use pounce_engine::Language;
use pounce_service::confidence::Level;

use crate::request::coordinator::RequestId;

/// How much of a snippet is kept to tell which one it is, in bytes: its end, next to the cursor.
const MAX_SNIPPET_BYTES: usize = 2 << 10;

/// A completion. Its texts belong to the user: never log them.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Completed {
    /// The request that it answered. A request has one completion: the candidate that was shown last.
    pub(crate) id: RequestId,
    /// When it was delivered.
    pub(crate) at: SystemTime,
    /// The end of the snippet that was completed.
    pub(crate) snippet: String,
    /// The completion as bare code, with the line ends of the snippet.
    pub(crate) text: String,
    /// The language of the snippet.
    pub(crate) language: Language,
    /// How sure it is; `None` if its source does not tell.
    pub(crate) level: Option<Level>,
}

impl Completed {
    /// This completion of `snippet`, of which only the end is kept.
    pub(crate) fn of(mut self, snippet: &str) -> Self {
        let start = snippet.len().saturating_sub(MAX_SNIPPET_BYTES);
        self.snippet = snippet[snippet.ceil_char_boundary(start)..].to_owned();
        self
    }

    /// The line in which the completion begins, and what it adds.
    pub(crate) fn code(&self) -> String {
        let line = self.snippet.rsplit('\n').next().unwrap_or_default();
        [line, &self.text].concat()
    }
}

impl fmt::Debug for Completed {
    /// Shows sizes only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Completed({}: {} bytes)", self.id, self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(snippet: &str, text: &str) -> Completed {
        let (at, level) = (SystemTime::UNIX_EPOCH, None);
        let language = Language::Unknown;
        Completed { id: 7, at, snippet: String::new(), text: text.into(), language, level }
            .of(snippet)
    }

    #[test]
    fn it_stands_behind_the_line_that_it_completes() {
        assert_eq!(completed("def f(a):\n    return ", "a + 1").code(), "    return a + 1");
    }

    #[test]
    fn only_the_end_of_a_snippet_is_kept() {
        let long = completed(&"é".repeat(MAX_SNIPPET_BYTES), "x");
        assert_eq!(long.snippet.len(), MAX_SNIPPET_BYTES);
    }

    #[test]
    fn a_completion_never_shows_its_text() {
        let shown = format!("{:?}", completed("let x = ", "secret()"));
        assert_eq!(shown, "Completed(7: 8 bytes)", "logs may hold sizes only");
    }
}
