//! [`CandidateList`]: the candidates of the last request as lines of a menu.

use std::fmt;

use pounce_service::Alternative;
use pounce_service::confidence::Level;
use serde::Serialize;

use super::one_line::one_line;
use crate::ui_language::UiLanguage;

/// The candidates, each shortened to one line. They belong to the user: never log them.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) struct CandidateList {
    /// One line for each candidate with how sure it is, best first; empty without a request that can be gone on with.
    pub(crate) lines: Vec<String>,
    /// The candidate that is shown; as many as there are lines stands for the snippet as it was.
    pub(crate) shown: usize,
}

impl CandidateList {
    /// The list of these candidates, with their levels in `language`.
    pub(crate) fn new(language: UiLanguage, candidates: &[Alternative], shown: usize) -> Self {
        let level = |it: &Alternative| it.confidence.map(|confidence| confidence.level);
        let line = |it: &Alternative| with_level(language, &it.text, level(it));
        Self { lines: candidates.iter().map(line).collect(), shown }
    }
}

impl fmt::Debug for CandidateList {
    /// Shows numbers only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CandidateList({} of {})", self.shown, self.lines.len())
    }
}

/// A completion in one line, with how sure it is.
fn with_level(language: UiLanguage, text: &str, level: Option<Level>) -> String {
    let level = match level {
        None => return one_line(text),
        Some(Level::Sure) => language.tray_level_sure(),
        Some(Level::Likely) => language.tray_level_likely(),
        Some(Level::Unsure) => language.tray_level_unsure(),
    };
    language.tray_with_level(level, one_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_says_how_sure_it_is() {
        let check = |language, level, expected: &str| {
            assert_eq!(with_level(language, "  a + b", level), expected);
        };
        check(UiLanguage::En, Some(Level::Likely), "a + b (likely)");
        check(UiLanguage::De, Some(Level::Unsure), "a + b (unsicher)");
        check(UiLanguage::En, None, "a + b");
    }

    #[test]
    fn a_list_never_shows_its_text() {
        let secret = Alternative { text: "secret()".into(), confidence: None };
        let shown = format!("{:?}", CandidateList::new(UiLanguage::En, &[secret], 0));
        assert_eq!(shown, "CandidateList(0 of 1)", "logs may hold numbers only");
    }
}
