//! [`CandidateList`]: the candidates of the last request as lines of a menu.

use std::fmt;

/// The most characters of a candidate in a menu.
const MAX_CHARS: usize = 48;

/// The candidates, each shortened to one line. They belong to the user: never log them.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct CandidateList {
    /// One line for each candidate, best first; empty without a request that can be gone on with.
    pub(crate) lines: Vec<String>,
    /// The candidate that is shown; as many as there are lines stands for the snippet as it was.
    pub(crate) shown: usize,
}

impl CandidateList {
    /// The list of these texts.
    pub(crate) fn new(texts: &[String], shown: usize) -> Self {
        Self { lines: texts.iter().map(|text| line(text)).collect(), shown }
    }
}

impl fmt::Debug for CandidateList {
    /// Shows numbers only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CandidateList({} of {})", self.shown, self.lines.len())
    }
}

/// A text as one line: its white space as single blanks, and cut where it is too long for a menu.
fn line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_is_shortened_to_a_line() {
        let long = "é".repeat(MAX_CHARS + 1);
        for (text, expected) in [
            ("  a + b", "a + b".to_owned()),
            ("if a:\n\treturn b\r\n", "if a: return b".to_owned()),
            (&long[2..], "é".repeat(MAX_CHARS)),
            (&long, format!("{}…", "é".repeat(MAX_CHARS))),
        ] {
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_list_never_shows_its_text() {
        let shown = format!("{:?}", CandidateList::new(&["secret()".into()], 0));
        assert_eq!(shown, "CandidateList(0 of 1)", "logs may hold numbers only");
    }
}
