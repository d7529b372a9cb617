//! [`Layer`]: what a step of the cleaning returns. [`Dress`]: how a completion gets the decoration that
//! the step took off.

use std::fmt;
use std::sync::Arc;

use super::draft::Draft;
use super::edits::Edits;

/// A step of the cleaning: looks at the whole snippet, and says what to take off, if anything.
pub(super) type Step = fn(&Draft) -> Option<Layer>;

/// What one step takes off a snippet.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) edits: Edits,
    /// Where the cursor belongs before the edits. `None`: where it is.
    pub(super) cursor: Option<usize>,
    /// The name of the language, where what is taken off tells it.
    pub(super) language: Option<String>,
    /// `None`: a completion is not dressed in this.
    pub(super) dress: Option<Arc<dyn Dress>>,
}

impl Layer {
    /// Edits that leave no trace in the completion; `None` if there are none.
    pub(super) fn undressed(edits: Edits) -> Option<Self> {
        (!edits.is_empty()).then(|| Self { edits, ..Self::default() })
    }

    /// Edits and the dress that belongs to them; `None` if there are no edits.
    pub(super) fn dressed(edits: Edits, dress: impl Dress + 'static) -> Option<Self> {
        Some(Self { dress: Some(Arc::new(dress)), ..Self::undressed(edits)? })
    }
}

/// Puts on a completion what a [`Layer`] took off the snippet.
pub(super) trait Dress: fmt::Debug + Send + Sync {
    /// `completion` is never empty and has LF alone as line ends.
    fn dress(&self, completion: &str) -> String;

    /// What it belongs to.
    fn owner(&self) -> Owner {
        Owner::Decoration
    }
}

/// What a [`Dress`] belongs to, which says whether bare code wears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The file: its line ends.
    File,
    /// The place in the code: its indentation, unless it stands outside of decoration.
    Place,
    /// What is around the code.
    Decoration,
}

/// Writes `first` before a completion, and before each of its further lines what `mark` returns
/// for it. A mark before a blank line loses its trailing blanks; what follows a final line end is
/// no line yet and gets none.
pub(super) fn mark_lines(
    completion: &str,
    first: &str,
    mut mark: impl FnMut(&str) -> String,
) -> String {
    let mut dressed = String::with_capacity(completion.len() * 2);
    let mut lines = completion.split('\n').enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let is_unbegun = line.is_empty() && index > 0 && lines.peek().is_none();
        let mark = match index {
            0 => first.to_owned(),
            _ if is_unbegun => String::new(),
            _ => mark(line),
        };
        dressed.push_str(if index > 0 { "\n" } else { "" });
        dressed.push_str(if line.trim().is_empty() { mark.trim_end() } else { &mark });
        dressed.push_str(line);
    }
    dressed
}

/// One and the same mark at the start of every line.
#[derive(Debug, Clone)]
pub(super) struct LineMark {
    /// What the cursor's own line lacks of the mark.
    pub(super) first: String,
    pub(super) mark: String,
    pub(super) owner: Owner,
}

impl LineMark {
    /// A mark for a draft whose cursor stands where it stands: a line that is empty yet lacks the
    /// mark, one that has its beginning lacks the rest.
    pub(super) fn at_cursor(draft: &Draft, mark: &str) -> Self {
        let first = mark.strip_prefix(draft.line_before_cursor()).unwrap_or_default();
        Self { first: first.to_owned(), mark: mark.to_owned(), owner: Owner::Decoration }
    }
}

impl Dress for LineMark {
    fn dress(&self, completion: &str) -> String {
        mark_lines(completion, &self.first, |_| self.mark.clone())
    }

    fn owner(&self) -> Owner {
        self.owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_an_unbegun_one_is_marked() {
        let check = |completion: &str, dressed: &str| {
            assert_eq!(mark_lines(completion, "", |_| "> ".to_owned()), dressed, "{completion:?}");
        };
        check("a", "a");
        check("a\nb\n", "a\n> b\n");
        check("\na\n\nb", "\n> a\n>\n> b");
        check("\n", "\n");
    }

    #[test]
    fn the_first_line_gets_what_it_lacks() {
        let check = |text: &str, first: &str| {
            let mark = LineMark::at_cursor(&Draft::new(text, &[]), "> ");
            assert_eq!(mark.first, first, "{text:?}");
        };
        check("> a\n", "> ");
        check("> a\n>", " ");
        check("> a\n> ", "");
        check("> a\n> b", "");
        check("> a\nb", "");
    }
}
