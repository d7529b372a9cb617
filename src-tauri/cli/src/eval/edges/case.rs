//! [`Case`]: a small input, what is right there, and what is wrong.

use anyhow::Context;
use pounce_engine::{Language, Mode};
use regex::Regex;
use serde::Deserialize;

/// One line of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    kind: String,
    text: String,
    language: Option<String>,
    mode: Mode,
    accepted: Vec<String>,
    #[serde(default)]
    refused: Vec<String>,
    detected: Option<String>,
    why: String,
}

/// A case whose patterns are compiled.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) id: String,
    /// The kind of fault that it is an example of.
    pub(super) kind: String,
    /// The whole clipboard, with a marker where code follows the cursor.
    pub(super) text: String,
    /// `None`: it has to be detected.
    pub(super) language: Option<Language>,
    pub(super) mode: Mode,
    /// One has to match the whole completion; anything is accepted if there are none.
    accepted: Vec<Regex>,
    /// The fault: none may be found in the completion.
    refused: Vec<Regex>,
    /// Has to match the name of the language that was taken.
    detected: Option<Regex>,
    /// What is right.
    pub(super) why: String,
}

/// What is wrong with a completion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Whether the fault is there: something refused, or another language.
    pub(super) is_faulty: bool,
    /// Whether the completion is one of the right ones.
    pub(super) is_accepted: bool,
}

impl Case {
    /// Reads a line of a file.
    ///
    /// # Errors
    /// If it is no such object, or a language or pattern in it is none.
    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        let line: Line = serde_json::from_str(line)?;
        let whole = |pattern: &String| Regex::new(&format!(r"(?s)\A(?:{pattern})\z"));
        Ok(Self {
            accepted: line.accepted.iter().map(whole).collect::<Result<_, _>>()?,
            refused: line.refused.iter().map(|it| Regex::new(it)).collect::<Result<_, _>>()?,
            detected: line.detected.as_ref().map(whole).transpose()?,
            language: line.language.map(|name| name.parse()).transpose().context("language")?,
            id: line.id,
            kind: line.kind,
            text: line.text,
            mode: line.mode,
            why: line.why,
        })
    }

    /// Judges a completion; no language where the input was refused as a whole.
    pub(super) fn judge(&self, completion: &str, language: Option<Language>) -> Verdict {
        let is_refused = self.refused.iter().any(|pattern| pattern.is_match(completion));
        let is_other =
            |(detected, language): (&Regex, Language)| !detected.is_match(language.name());
        Verdict {
            is_faulty: is_refused || self.detected.as_ref().zip(language).is_some_and(is_other),
            is_accepted: self.accepted.is_empty()
                || self.accepted.iter().any(|pattern| pattern.is_match(completion)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poor_answer_may_be_without_the_fault() {
        let line = r#"{"id":"a","kind":"rest-of-line","language":null,"mode":"line","text":"f(‹cursor›)",
            "accepted":["a+"],"refused":["\\)$"],"detected":"rust|c","why":"a"}"#;
        let case = Case::parse(line).unwrap();
        let check = |completion: &str, language: Option<Language>, is_faulty: bool, is_accepted| {
            let verdict = case.judge(completion, language);
            assert_eq!(verdict, Verdict { is_faulty, is_accepted }, "{completion:?} {language:?}");
        };
        check("aa", Some(Language::Rust), false, true);
        check("b", Some(Language::C), false, false);
        check("a)", Some(Language::C), true, false);
        check("a", Some(Language::Python), true, true);
        check("", None, false, false);
    }
}
