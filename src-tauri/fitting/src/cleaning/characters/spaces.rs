//! Odd spaces: a web page's no-break space and its relatives are blanks.

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Makes every space of Unicode a blank.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let text = draft.text();
    let mut edits = Edits::default();
    let has_dots = shows_blanks(text);
    for (start, space) in text.match_indices(|c| is_odd_space(c) || has_dots && c == '·') {
        edits.replace(start..start + space.len(), " ");
    }
    Layer::undressed(edits)
}

/// Whether an editor has shown blanks as dots in the middle: code is indented by them, and not by
/// blanks.
fn shows_blanks(text: &str) -> bool {
    text.contains("\n··") && !text.contains("\n ")
}

/// Whether Unicode has `character` as a space (its category Zs), the blank excepted. The blank
/// pattern of Braille looks like one, too.
pub(in crate::cleaning) fn is_odd_space(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}' | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn dots_that_show_blanks_are_blanks() {
        assert_eq!(clean("if·a:\n····b·=·", &[]).segments.prefix, "if a:\n    b = ");
        assert_eq!(clean("if a:\n    b = c·d", &[]).segments.prefix, "if a:\n    b = c·d");
    }

    #[test]
    fn odd_spaces_are_blanks_to_the_model_alone() {
        for space in ["\u{a0}", "\u{202f}", "\u{2007}", "\u{2003}", "\u{205f}", "\u{3000}"] {
            let text = "if a:\n    return b".replace(' ', space) + space;
            let snippet = clean(&text, &[]);
            assert_eq!(snippet.segments.prefix, "if a:\n    return b ", "{space:?}");
            assert_eq!(snippet.undo.append("+ c\n"), format!("{text}+ c\n"), "{space:?}");
        }
    }
}
