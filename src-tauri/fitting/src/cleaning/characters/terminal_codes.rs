//! Codes for a terminal beside the text: colours, titles, links, overstruck letters.

use crate::cleaning::draft::Draft;
use crate::cleaning::edits::Edits;
use crate::cleaning::layer::Layer;

/// How an escape character is written: as itself, as its picture, or by `cat -v`.
const ESCAPES: [&str; 3] = ["\u{1b}", "\u{241b}", "^["];

/// Ways to write an escape character in a program. What follows is code.
const ESCAPES_IN_CODE: [&str; 10] =
    ["\\033", "\\x1b", "\\x1B", "\\e", "\\E", "\\u001b", "\\u001B", "\\27", "{1b}", "{1B}"];

/// Deletes the codes of ECMA-48, and those whose escape character has been lost on the way.
pub(super) fn clean(draft: &Draft) -> Option<Layer> {
    let text = draft.text();
    let mut edits = Edits::default();
    let lost = has_lost_escapes(text);
    let mut rest = 0;
    let starts = ['\u{1b}', '\u{241b}', '\u{9b}', '\u{8}', '^', '['];
    while let Some(found) = text[rest..].find(starts) {
        let start = rest + found;
        let at = &text[start..];
        let first = at.chars().next().map_or(1, char::len_utf8);
        rest = start + first;
        if at.starts_with('\u{8}') {
            edits.delete(overstruck(text, start).max(edits.end())..rest);
        } else if let Some(length) = code_length(at).or(lost.then(|| colour_length(at)).flatten()) {
            rest = start + length;
            edits.delete(start..rest);
        }
    }
    Layer::undressed(edits)
}

/// The length of the control code that `text` starts with.
fn code_length(text: &str) -> Option<usize> {
    if let Some(sequence) = text.strip_prefix('\u{9b}') {
        return Some('\u{9b}'.len_utf8() + sequence_length(sequence));
    }
    let escape = ESCAPES.iter().find(|escape| text.starts_with(**escape))?;
    let after = &text[escape.len()..];
    if *escape != "\u{1b}" {
        // A picture of an escape may be meant as such unless a colour follows.
        return Some(escape.len() + colour_length(after)?);
    }
    let length = match after.chars().next() {
        Some('[') => 1 + sequence_length(&after[1..]),
        Some(']' | 'P' | 'X' | '^' | '_') => 1 + string_length(&after[1..]),
        Some(' '..='~') => {
            let intermediate =
                after.len() - after.trim_start_matches(|c| matches!(c, ' '..='/')).len();
            let last = after[intermediate..].chars().next();
            intermediate + usize::from(last.is_some_and(|c| matches!(c, '0'..='~')))
        }
        _ => 0,
    };
    Some(escape.len() + length)
}

/// Parameters, intermediate bytes and the final byte of a control sequence.
fn sequence_length(text: &str) -> usize {
    let parameters = text.find(|c| !matches!(c, '0'..='?')).unwrap_or(text.len());
    let intermediate = text[parameters..].find(|c| !matches!(c, ' '..='/'));
    let Some(end) = intermediate.map(|length| parameters + length) else { return text.len() };
    end + usize::from(text[end..].starts_with(|c| matches!(c, '@'..='~')))
}

/// A control string (a title, a link) and what ends it; at most the rest of the line.
fn string_length(text: &str) -> usize {
    let Some(end) = text.find(['\u{7}', '\u{1b}', '\u{9c}', '\n']) else { return text.len() };
    match text[end..].chars().next() {
        Some('\u{1b}') if text[end + 1..].starts_with('\\') => end + 2,
        Some(terminator @ ('\u{7}' | '\u{9c}')) => end + terminator.len_utf8(),
        _ => end,
    }
}

/// The length of the colour code, without its escape character, that `text` starts with.
fn colour_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix('[')?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    (end > 0 && parameters[end..].starts_with(['m', 'K'])).then_some(end + 2)
}

/// Whether colours stand in the text without their escape characters: there is a reset among
/// them, and none is written as a program would write it.
fn has_lost_escapes(text: &str) -> bool {
    let mut resets = 0;
    for (start, _) in text.match_indices('[') {
        if colour_length(&text[start..]).is_some() {
            let before = &text[..start];
            if ESCAPES_IN_CODE.iter().any(|escape| before.ends_with(escape)) {
                return false;
            }
            resets += usize::from(
                ["[0m", "[00m", "[39m", "[0;"].iter().any(|reset| text[start..].starts_with(reset)),
            );
        }
    }
    resets > 0
}

/// Where the letter before a backspace starts: manual pages print letters twice to embolden them.
fn overstruck(text: &str, backspace: usize) -> usize {
    let letter = text[..backspace].chars().next_back().filter(|letter| *letter != '\n');
    backspace - letter.map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use crate::cleaning::clean;

    #[test]
    fn codes_of_a_terminal_go() {
        let check = |text: &str, prefix: &str| {
            let snippet = clean(text, &[]);
            assert_eq!(snippet.segments.prefix, prefix, "{text:?}");
            assert_eq!(snippet.undo.append("x"), format!("{text}x"), "{text:?}");
        };
        check("\u{1b}[34mdef\u{1b}[0m f(\u{1b}[1;38;5;12mx\u{1b}[m)", "def f(x)");
        check("\u{1b}[38:2::255:0:0mdef\u{1b}[K f", "def f");
        check("\u{1b}]0;title\u{7}a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ b", "alink b");
        check("\u{1b}(Ba\u{1b}=b\u{1b}Mc\u{9b}1md", "abcd");
        check("\u{1b}[?2004ha = \u{1b}[?25", "a = ");
        check("a\n\u{1b}]0;unfinished\nb\u{1b}", "a\n\nb");
        check("d\u{8}de\u{8}ef\u{8}f _\u{8}x", "def x");
        check("\u{8}a", "a");
        check("[34mdef[0m f([33mx[0m): return ", "def f(x): return ");
        check("^[[34mdef^[[0m \u{241b}[1mf\u{241b}[0m", "def f");
    }

    #[test]
    fn escape_codes_of_a_program_stay() {
        for code in [
            "RED = '\\033[31m'\nRESET = '\\033[0m'\nprint(",
            "const reset = \"\\x1b[0m\";",
            "let red = \"\\u{1b}[31m\"; let reset = \"\\u{1b}[0m\";",
            "a[0][1] = b[m]",
            "x ^ y[3]",
            "printf '^[['",
        ] {
            assert_eq!(clean(code, &[]).segments.prefix, code);
        }
    }
}
