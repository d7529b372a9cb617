//! Blanks that fill lines up to a terminal's width.

use crate::cleaning::draft::{Draft, Line};
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Deletes the blanks at the ends of lines if most lines have them. Before the cursor they are the
/// user's own, unless they reach the width of the other lines: then one stays.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let lines = draft.lines();
    let width = padded_width(&lines)?;
    let mut edits = Edits::default();
    for line in &lines {
        let code = line.text.trim_end_matches(' ').len();
        if !line.holds(draft.cursor()) {
            edits.delete(line.start + code..line.end());
        } else if line.end() == draft.cursor() && line.text.chars().count() == width {
            edits.delete((line.start + code + 1).min(line.end())..line.end());
        }
    }
    Layer::undressed(edits)
}

/// The width of the first padded line; `None` unless two lines or more, and most of those that say
/// something, end with blanks. A single blank at the end is mere untidiness in a line alone.
fn padded_width(lines: &[Line<'_>]) -> Option<usize> {
    let filled: Vec<_> = lines.iter().filter(|line| !line.is_blank()).collect();
    let padded = || filled.iter().filter(|line| line.text.ends_with("  "));
    let is_most = padded().count() >= 2 && 2 * padded().count() >= filled.len().saturating_sub(1);
    is_most.then(|| padded().next().map(|line| line.text.chars().count())).flatten()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn blanks_up_to_the_width_go() {
        let check = |text: &str, prefix: &str| {
            let snippet = clean(text, &["|"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
        };
        check("def f(x):    \n    y = x    \n    return ", "def f(x):\n    y = x\n    return ");
        check(
            "def f(x):    \n\n    y = x    \n    return  ",
            "def f(x):\n\n    y = x\n    return  ",
        );
        check(
            "def f(x):      \n             \n    y = x      \n    return     ",
            "def f(x):\n\n    y = x\n    return ",
        );
        check("if a:    \n    b   |\n    c    ", "if a:\n    b   ");
    }

    #[test]
    fn blanks_of_some_lines_stay() {
        for text in
            ["Line one  \nline two\nline three\n", "x = 1  \n", "a\n    \n   \n\n", "a \nb \nc"]
        {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
