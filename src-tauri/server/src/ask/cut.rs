//! [`Cut`]: where a client wants the text to end before the model does.

/// Where a client wants the text to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Before the first of these.
    pub(crate) stop: Vec<String>,
    /// Before a line after the first that is indented by fewer characters. Blank lines count as
    /// indented.
    pub(crate) min_indent: usize,
}

/// A text that was cut, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CutText {
    pub(crate) text: String,
    pub(crate) by: Option<CutBy>,
}

/// What cut a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CutBy {
    /// This stop string, which is not part of the text.
    Stop(String),
    /// A line that is indented less.
    Indent,
}

impl Cut {
    /// Whether the text ends with its line in any case.
    pub(crate) fn is_one_line(&self) -> bool {
        self.stop.iter().any(|stop| matches!(stop.as_str(), "\n" | "\r\n"))
    }

    /// Cuts a text where the first of the ends is.
    pub(crate) fn apply(&self, text: &str) -> CutText {
        let stops = self.stop.iter().filter(|stop| !stop.is_empty());
        let stops = stops.filter_map(|stop| Some((text.find(stop)?, CutBy::Stop(stop.clone()))));
        let indent = self.less_indented(text).map(|at| (at, CutBy::Indent));
        match stops.chain(indent).min_by_key(|(at, _)| *at) {
            Some((at, by)) => CutText { text: text[..at].to_owned(), by: Some(by) },
            None => CutText { text: text.to_owned(), by: None },
        }
    }

    /// Where the line end before the first line is that is indented less.
    fn less_indented(&self, text: &str) -> Option<usize> {
        let is_less = |at: usize| {
            let line = text[at + 1..].split('\n').next().unwrap_or_default();
            let code = line.trim_start_matches([' ', '\t']);
            !code.trim().is_empty() && line.len() - code.len() < self.min_indent
        };
        text.match_indices('\n').map(|(at, _)| at).find(|at| is_less(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stop: &[&str], min_indent: usize, text: &str, expected: &str, by: Option<CutBy>) {
        let cut = Cut { stop: stop.iter().map(|&stop| stop.to_owned()).collect(), min_indent };
        assert_eq!(cut.apply(text), CutText { text: expected.to_owned(), by }, "{text:?}");
    }

    #[test]
    fn a_text_ends_before_the_first_stop_string() {
        let stop = |text: &str| Some(CutBy::Stop(text.to_owned()));
        check(&[], 0, "a + b", "a + b", None);
        check(&["b", "+"], 0, "a + b", "a ", stop("+"));
        check(&["x", ""], 0, "a + b", "a + b", None);
        check(&["\n\n"], 0, "a\n\nb", "a", stop("\n\n"));
        check(&["𝛼"], 0, "é𝛼", "é", stop("𝛼"));
    }

    #[test]
    fn a_text_ends_before_a_line_that_is_indented_less() {
        check(&[], 4, "x:\n    y\nz", "x:\n    y", Some(CutBy::Indent));
        check(&[], 4, "x:\n    y\n\n    z", "x:\n    y\n\n    z", None);
        check(&[], 1, "x\n\ty\n", "x\n\ty\n", None);
        check(&["y"], 4, "x\nz y", "x", Some(CutBy::Indent));
    }
}
