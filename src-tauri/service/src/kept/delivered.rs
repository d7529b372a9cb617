//! [`Delivered`]: a completion, and the file in which it belongs.

use std::fmt;
use std::path::PathBuf;

use pounce_models::catalog::ModelId;
use pounce_project::Place;

use crate::confidence::Confidence;
use crate::request::Completion;

/// The first lines of a completion tell whether it stands somewhere.
const MAX_LINES: usize = 8;

/// A completion, and the file in which it belongs. Its lines belong to the user: never log them.
pub(crate) struct Delivered {
    pub(super) path: PathBuf,
    pub(super) model: ModelId,
    /// As the model of the probability has it, without a correction.
    pub(super) confidence: Confidence,
    /// The line of the cursor with the first line of the completion, and the others, without the white
    /// space around them.
    lines: Vec<String>,
}

impl Delivered {
    /// A completion of the snippet at a place; `None` if it has no text, or nothing tells how sure it is.
    pub(crate) fn new(place: &Place, completion: &Completion) -> Option<Self> {
        let (model, confidence) = (completion.source.model()?.clone(), completion.confidence?);
        let begun = place.snippet.rsplit('\n').next().unwrap_or_default();
        let text = [begun, &completion.text].concat();
        let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
        let lines = lines.into_iter().filter(|line| !line.is_empty()).take(MAX_LINES).collect();
        let is_blank = completion.text.trim().is_empty();
        let delivered = Self { path: place.path.clone(), model, confidence, lines };
        (!is_blank).then_some(delivered)
    }

    /// Whether the completion stands in a text; its last line may go on there.
    pub(super) fn stands_in(&self, text: &str) -> bool {
        let lines: Vec<&str> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let Some((last, first)) = self.lines.split_last() else { return false };
        lines.windows(self.lines.len()).any(|there| {
            let (end, begin) = there.split_last().expect("a window is as long as the lines");
            begin.iter().zip(first).all(|(a, b)| *a == b) && end.starts_with(&**last)
        })
    }
}

impl fmt::Debug for Delivered {
    /// Shows sizes only, so that no log can hold the user's text by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delivered({} lines)", self.lines.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confidence::Level;

    fn delivered(lines: &[&str]) -> Delivered {
        let confidence = Confidence { probability: 0.5, level: Level::Likely };
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        Delivered { path: "a.py".into(), model: "small".into(), confidence, lines }
    }

    #[test]
    fn a_completion_stands_where_its_lines_follow_each_other() {
        let check = |lines: &[&str], text: &str, expected: bool, why: &str| {
            assert_eq!(delivered(lines).stands_in(text), expected, "{why}");
        };
        check(&["x = f(a)"], "if y:\n    x = f(a)\n", true, "with other indentation");
        check(&["x = f(a)"], "x = f(a);  # done\n", true, "its last line goes on");
        check(&["x = f(a)"], "x = f(b)\n", false, "something else");
        check(&["x = f(a)", "y = x"], "x = f(a)\n\ny = x\n", true, "blank lines do not count");
        check(&["x = f(a)", "y = x"], "x = f(a)\nz = x\ny = x\n", false, "a line between them");
        check(&["x = f(a)", "y = x"], "y = x\nx = f(a)\n", false, "in another order");
        check(&["x = f(a)"], "", false, "nothing");
    }

    #[test]
    fn a_completion_never_shows_its_text() {
        assert_eq!(format!("{:?}", delivered(&["secret()"])), "Delivered(1 lines)");
    }
}
