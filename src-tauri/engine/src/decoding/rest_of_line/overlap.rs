//! Compares the end of a growing text with the rest of a line, ignoring blanks and kinds of quotes.

use crate::language::nesting::is_name;

/// How a text compares with the rest of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    /// It runs into the rest.
    Sure,
    /// It ends before that is sure.
    Open,
    /// It does not.
    None,
}

/// Compares the beginnings of `text` and of `rest`.
pub(super) fn overlap(text: &str, rest: &str) -> Overlap {
    if text.starts_with(char::is_whitespace) {
        return Overlap::None;
    }
    let mut ours = text.chars().filter(|c| *c == '\n' || !c.is_whitespace()).peekable();
    let mut theirs = rest.chars().filter(|c| !c.is_whitespace()).peekable();
    let mut matched = String::new();
    while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
        if a != b && !(is_quote(*a) && is_quote(*b)) {
            break;
        }
        matched.push(*b);
        ours.next();
        theirs.next();
    }
    let is_long = matched.chars().count() > 1;
    let ends_word = matched.ends_with(is_name) && text.trim_end().ends_with(is_name);
    match (ours.peek(), theirs.peek()) {
        _ if matched.is_empty() => Overlap::None,
        // One quote of another kind closes nothing.
        _ if !is_long && !text.starts_with(&matched) => Overlap::None,
        (_, None) if matched == ";" => Overlap::Sure,
        (None, _) if ends_word => Overlap::Open,
        (None, None) if is_long => Overlap::Sure,
        (None, _) => Overlap::Open,
        (Some('\n'), None) => Overlap::Sure,
        (Some(next), None) if matched.ends_with(is_name) && is_name(*next) => Overlap::None,
        (Some(_), None) if is_long => Overlap::Sure,
        (Some(next), Some(expected)) => of_unlike(&matched, *next, *expected),
        (Some(_), None) => Overlap::None,
    }
}

/// Whether a text that went on otherwise after `matched` has run into the rest: if a whole word of
/// it is alike.
fn of_unlike(matched: &str, next: char, expected: char) -> Overlap {
    let is_cut = matched.ends_with(is_name) && (is_name(next) || is_name(expected));
    let n_words = matched.split(|c| !is_name(c)).filter(|word| !word.is_empty()).count();
    let has_whole_word = n_words > usize::from(is_cut);
    if has_whole_word && matched.chars().count() > 1 { Overlap::Sure } else { Overlap::None }
}

/// The first word or sign of punctuation of `text`.
pub(super) fn first_token(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t']);
    let word = text.len() - text.trim_start_matches(is_name).len();
    let sign = text.chars().next().map_or(0, char::len_utf8);
    &text[..word.max(sign)]
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}
