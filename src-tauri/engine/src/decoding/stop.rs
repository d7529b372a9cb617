//! [`StopCriteria`]: where a completion ends, by its lines and their indentation.
//!
//! The decoding loop asks after every token. The end token and the token limit are its own
//! business.

use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;

/// Columns of a tab, as in the embedded model's training.
const TAB_WIDTH: usize = 4;

/// The rule that ends a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopCriteria {
    /// Ends it with the first line that is not blank.
    Line,
    /// Ends it before the first line that is indented less than the block, or before a blank line
    /// if the block is at the left margin.
    Block {
        /// Columns that the block is indented by; `None` takes those of the first completed line.
        indentation: Option<usize>,
    },
    /// Never ends it: only the model and the token limit do.
    Unbounded,
}

impl StopCriteria {
    /// The rule for a completion of `mode` at the cursor of `segments`.
    pub fn new(mode: Mode, segments: &Segments) -> Self {
        match mode {
            Mode::Line => Self::Line,
            Mode::Block => Self::Block { indentation: block_indentation(&segments.prefix) },
            Mode::Free => Self::Unbounded,
        }
    }

    /// How many bytes of `text` to keep if the completion has ended; `None` if it has not.
    ///
    /// ```
    /// # use pounce_engine::{Mode, Segments, StopCriteria};
    /// let line = StopCriteria::new(Mode::Line, &Segments::default());
    /// assert_eq!(line.end_of("a + b"), None);
    /// assert_eq!(line.end_of("a + b\nreturn"), Some("a + b".len()));
    /// ```
    pub fn end_of(&self, text: &str) -> Option<usize> {
        match self {
            Self::Line => end_of_line(text),
            Self::Block { indentation } => end_of_block(text, *indentation),
            Self::Unbounded => None,
        }
    }
}

/// The columns of white space at the start of `line`.
fn indentation(line: &str) -> usize {
    line.chars()
        .map_while(|c| match c {
            ' ' => Some(1),
            '\t' => Some(TAB_WIDTH),
            _ => None,
        })
        .sum()
}

/// The indentation of the cursor's line; `None` if that line opens a block, because the block then
/// starts with the first line of the completion.
fn block_indentation(prefix: &str) -> Option<usize> {
    let line = prefix.rsplit('\n').next().unwrap_or(prefix);
    let opens_block = line.trim_end().ends_with([':', '{', '(', '[']);
    (!opens_block).then(|| indentation(line))
}

fn end_of_line(text: &str) -> Option<usize> {
    let start = text.find(|c: char| !c.is_whitespace())?;
    let length = text[start..].find('\n')?;
    Some(text[..start + length].trim_end_matches('\r').len())
}

fn end_of_block(text: &str, indentation: Option<usize>) -> Option<usize> {
    let mut base = indentation;
    let mut end = 0;
    let mut has_code = false;
    for (line_idx, line) in text.split_inclusive('\n').enumerate() {
        // A line without its newline may still grow.
        let is_first = line_idx == 0;
        let content = line.trim_end();
        let is_whole = line.ends_with('\n');
        if !is_first && has_code && ends_block(line, is_whole, base.unwrap_or(0)) {
            return Some(text[..end].trim_end().len());
        }
        if !content.is_empty() {
            if !is_first {
                base = base.or_else(|| Some(self::indentation(line)));
            }
            has_code = true;
        }
        end += line.len();
    }
    None
}

/// Whether `line`, which follows code, is outside a block of `base` columns.
fn ends_block(line: &str, is_whole: bool, base: usize) -> bool {
    if line.trim().is_empty() {
        return is_whole && base == 0;
    }
    indentation(line) < base
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mode: Mode, prefix: &str, text: &str, kept: Option<&str>) {
        let segments = Segments { prefix: prefix.to_owned(), suffix: String::new() };
        let end = StopCriteria::new(mode, &segments).end_of(text);
        assert_eq!(end.map(|n| &text[..n]), kept, "{mode:?} after {prefix:?}: {text:?}");
    }

    #[test]
    fn a_line_ends_at_its_newline() {
        check(Mode::Line, "return ", "a + b", None);
        check(Mode::Line, "return ", "a + b\n", Some("a + b"));
        check(Mode::Line, "return ", "a + b\r\nx", Some("a + b"));
        check(Mode::Line, "return ", "", None);
    }

    #[test]
    fn at_the_end_of_a_line_the_next_line_is_completed() {
        check(Mode::Line, "def f():", "\n    ", None);
        check(Mode::Line, "def f():", "\n    return 1\n", Some("\n    return 1"));
        check(Mode::Line, "def f():", "\n\n    return 1\n    x", Some("\n\n    return 1"));
    }

    #[test]
    fn a_block_ends_before_a_line_that_is_indented_less() {
        check(Mode::Block, "if x:\n    ", "a()\n    b()\n", None);
        check(Mode::Block, "if x:\n    ", "a()\n    b()\nc", Some("a()\n    b()"));
        check(Mode::Block, "if x:\n    ", "a()\n\n    b()\nc", Some("a()\n\n    b()"));
        check(Mode::Block, "if x:\n    ", "for y in x:\n        b()\n    c", None);
        check(Mode::Block, "\tif x {\n\t\t", "a()\n\t}", Some("a()"));
    }

    #[test]
    fn a_block_that_the_cursors_line_opens_has_the_indentation_of_its_first_line() {
        check(Mode::Block, "def f():", "\n    a()\n    b()\n", None);
        check(Mode::Block, "def f():", "\n    a()\n    b()\nc", Some("\n    a()\n    b()"));
    }

    #[test]
    fn at_the_left_margin_a_blank_line_ends_a_block() {
        check(Mode::Block, "import ", "os\nimport sys\n", None);
        check(Mode::Block, "import ", "os\nimport sys\n\nx", Some("os\nimport sys"));
    }

    #[test]
    fn an_unbounded_completion_never_ends_by_its_text() {
        check(Mode::Free, "", "a\n\n\nb\n", None);
    }
}
