//! Compares a text with the rest of a line, ignoring blanks and kinds of quotes.

use crate::place::is_name;

/// This many equal characters in a row are no coincidence, even if the texts differ later.
const MIN_EQUAL: usize = 8;

/// How much of the rest of a line a text repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// All of it, or so much that it is no coincidence.
    Whole,
    /// The text ends within it, or at its end.
    Beginning,
    /// Not enough to tell.
    No,
}

/// How much of `rest` the beginning of `text` repeats.
pub(super) fn repeat(text: &str, rest: &str) -> Repeat {
    let mut texts = spelled(text).peekable();
    let mut rests = spelled(rest).peekable();
    let (mut n_equal, mut last) = (0, ' ');
    while let (Some(c), Some(d)) = (texts.peek(), rests.peek()) {
        if c != d {
            let is_between = !(is_name(last) && (is_name(*c) || is_name(*d)));
            let is_enough = n_equal >= MIN_EQUAL && is_between;
            return if is_enough { Repeat::Whole } else { Repeat::No };
        }
        last = *c;
        n_equal += 1;
        texts.next();
        rests.next();
    }
    // One quote of another kind closes nothing.
    let is_other_quote = text.trim_start().chars().next() != rest.trim_start().chars().next();
    if is_other_quote && n_equal < 2 {
        return Repeat::No;
    }
    let goes_on_as_word = |c: Option<&char>| is_name(last) && c.is_some_and(|c| is_name(*c));
    match (texts.peek(), rests.peek()) {
        (None, next) if !goes_on_as_word(next) => Repeat::Beginning,
        (next, None) if !goes_on_as_word(next) => Repeat::Whole,
        _ => Repeat::No,
    }
}

/// Whether the first token of `text` is that of `rest`.
pub(super) fn starts_like(text: &str, rest: &str) -> bool {
    first_token(text) == first_token(rest)
}

/// A word, or a sign of punctuation.
fn first_token(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t']);
    let word = text.len() - text.trim_start_matches(is_name).len();
    let sign = text.chars().next().map_or(0, char::len_utf8);
    &text[..word.max(sign)]
}

/// The characters of the first line without blanks, and with one kind of quotes.
fn spelled(text: &str) -> impl Iterator<Item = char> {
    let line = text.split('\n').next().unwrap_or_default();
    line.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\'' { '"' } else { c })
}
