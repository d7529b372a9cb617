//! Invisible characters: byte order marks, zero-width spaces, soft hyphens, marks of the
//! writing direction, control characters.

use std::ops::RangeInclusive;

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// Unicode's format and control characters that have no place in code. `\t` and `\n` are the
/// only control characters that code is laid out with.
const INVISIBLE: &[RangeInclusive<char>] = &[
    '\0'..='\u{8}',
    '\u{b}'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff9}'..='\u{fffc}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Deletes every invisible character. A form feed within a line becomes a blank, which it is to a
/// compiler.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let mut edits = Edits::default();
    let mut before = '\n';
    for (start, character) in draft.text().char_indices() {
        let end = start + character.len_utf8();
        if character == '\u{c}' && before != '\n' {
            edits.replace(start..end, " ");
        } else if is_invisible(character) && !joins(before, character) {
            edits.delete(start..end);
        } else {
            before = character;
        }
    }
    Layer::undressed(edits)
}

fn is_invisible(character: char) -> bool {
    !matches!(character, ' '..='~' | '\t' | '\n')
        && INVISIBLE.iter().any(|range| range.contains(&character))
}

/// Whether an invisible character belongs to the one before it: scripts like Persian spell words
/// with joiners, and pictures are composed with joiners and variation selectors.
fn joins(before: char, character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}') && !before.is_ascii()
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn what_nobody_sees_goes() {
        let check = |text: &str, prefix: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.append("x"), format!("{text}x"), "{text:?}");
        };
        check("\u{feff}def f", "def f");
        check("va\u{200b}lue\u{200b} > hi\u{ad}gh\u{200d}", "value > high");
        check("a = \u{202e}b\u{2066} + c\u{2069}", "a = b + c");
        check("\u{c}def f", "def f");
        check("a\n\u{c}\nb", "a\n\nb");
        check("a\u{c}b", "a b");
        check("a\0 = \u{7}b\u{7f}", "a = b");
        check("a = b\u{e0061}\u{e007f}", "a = b");
        check("a\n\tb\n", "a\n\tb\n");
    }

    #[test]
    fn what_joins_letters_of_other_scripts_stays() {
        for text in ["# می‌خواهم", "s = '👩‍👩‍👧 ❤️'", "größe = cafe\u{301}"]
        {
            assert_eq!(clean(text, &[]).segments.prefix, text);
        }
    }
}
