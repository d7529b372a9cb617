//! Indentation that all lines have: a piece from the inside of a file.

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::{Layer, LineMark, Owner};

/// Takes off the blanks and tabs that all lines begin with. Blank lines do not count; the line
/// that the cursor has just begun may have less, or more, than the others.
pub(super) fn take_off(draft: &Draft) -> Option<Layer> {
    let common = common_indentation(draft)?;
    let mut edits = Edits::default();
    for line in draft.lines() {
        let shared = shared_start(common, line.text);
        edits.delete(line.start..line.start + shared);
    }
    let mark = LineMark { owner: Owner::Place, ..LineMark::at_cursor(draft, common) };
    Layer::dressed(edits, mark)
}

fn common_indentation(draft: &Draft) -> Option<&str> {
    let lines = draft.lines().into_iter().filter(|line| !line.is_blank());
    let common = lines.map(|line| &line.text[..line.text.len() - line.text.trim_start().len()]);
    common
        .reduce(|common, other| &common[..shared_start(common, other)])
        .filter(|common| !common.is_empty())
}

/// How many bytes of ASCII both texts begin with.
fn shared_start(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn common_indentation_goes_and_comes_back() {
        let check = |text: &str, prefix: &str, completed: &str| {
            let snippet = clean(text, &["|"]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.dressed("x\n\n  y\n"), completed, "{text:?}");
            assert_eq!(snippet.undo.bare("x\n\n  y\n"), completed, "{text:?}");
        };
        check("    if a:\n        b = ", "if a:\n    b = ", "x\n\n      y\n");
        check("\tif a:\n\n\t\tb = ", "if a:\n\n\tb = ", "x\n\n\t  y\n");
        check("    a\n", "a\n", "    x\n\n      y\n");
        check("    a\n  ", "a\n", "  x\n\n      y\n");
        check("    a\n      ", "a\n  ", "x\n\n      y\n");
        check("    a\n|\n    b", "a\n", "    x\n\n      y\n");
        check("a\n    b", "a\n    b", "x\n\n  y\n");
        check("\ta\n    b", "\ta\n    b", "x\n\n  y\n");
    }
}
