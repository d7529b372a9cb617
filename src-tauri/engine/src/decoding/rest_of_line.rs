//! [`RestOfLine`]: ends a completion where the text after the cursor on its line takes over.
//!
//! What stands there is not written again, in whatever spelling: other blanks, other quotes, a
//! closer or a semicolon that a model writes itself to end a statement. Brackets and quotes that
//! the completion opens are closed in it; those that are open at the cursor are left to the code
//! after it, as far as that closes them. Works on text alone, for any source of text.

use crate::decoding::nesting::{Nesting, closer, is_quote};
use crate::language::Language;
use crate::prompt::Prompt;

/// The code after the cursor's line is searched this far for closing brackets.
const MAX_LINES: usize = 24;

/// The rest of the cursor's line, which is not blank, and what is open before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestOfLine {
    /// Without blanks at the end.
    rest: String,
    /// Closers of what is open on the line before the cursor, the innermost last.
    open: Vec<char>,
    /// The quote of the string that the cursor stands in.
    quote: Option<char>,
    /// How many of `open`, from the innermost, the code after the cursor does not close.
    n_unclosed: usize,
    /// Unmatched closers in `rest`.
    closed_by_rest: Vec<char>,
    has_lifetimes: bool,
    /// Whether the cursor is inside a word.
    is_in_word: bool,
    /// Whether the cursor's word, taken as it is, also stands elsewhere.
    is_word_known: bool,
}

/// How a text compares with the rest of the line.
enum Overlap {
    /// It runs into the rest.
    Sure,
    /// It ends before that is sure.
    Open,
    None,
}

impl RestOfLine {
    /// The rest of the line that the cursor of `prompt` stands in; `None` if it is blank.
    pub fn of(prompt: &Prompt) -> Option<Self> {
        let (prefix, suffix) = (prompt.segments.prefix.as_str(), prompt.segments.suffix.as_str());
        let rest = suffix.lines().next().filter(|rest| !rest.trim().is_empty())?;
        let line = prefix.rsplit('\n').next().unwrap_or(prefix);
        let has_lifetimes = prompt.language == Language::Rust;
        let mut place = Nesting::new(None, has_lifetimes);
        line.char_indices().for_each(|(at, _)| {
            place.read(line, at);
        });
        let quote = place.quote().filter(|quote| rest.matches(*quote).count() % 2 == 1);
        let following = first_lines(suffix);
        let closers = |code| unmatched_closers(code, quote, has_lifetimes);
        let (word_start, word_end) = (last_word(prefix), first_word(suffix));
        let is_in_word = !word_start.is_empty() && !word_end.is_empty();
        Some(Self {
            n_unclosed: n_unclosed(place.open_in_expression(), &closers(following)),
            closed_by_rest: closers(rest),
            open: place.open().to_vec(),
            quote: place.quote(),
            rest: rest.trim_end().to_owned(),
            has_lifetimes,
            is_in_word,
            is_word_known: is_in_word && has_word(prefix, suffix, word_start, word_end),
        })
    }

    /// How many bytes of `text` to keep if the completion has ended; `None` if it may go on.
    pub fn end_of(&self, text: &str) -> Option<usize> {
        if self.is_word_known {
            return Some(0);
        }
        self.first_end(text, |overlap| matches!(overlap, Overlap::Sure))
    }

    /// How many bytes of the growing `text` are sure to stay, so that a stream may show them.
    pub fn sure_len(&self, text: &str) -> usize {
        let end = self.first_end(text, |overlap| !matches!(overlap, Overlap::None));
        text[..end.unwrap_or(text.len())].trim_end().len()
    }

    /// The completion that `text`, which its source has ended, gives: without what the rest of the
    /// line repeats, and with what it opened closed.
    pub fn finish(&self, text: &str) -> String {
        let kept = match self.first_end(text, |overlap| !matches!(overlap, Overlap::None)) {
            _ if self.is_word_known => "",
            end => &text[..end.unwrap_or(text.len())],
        };
        if kept.trim().is_empty() {
            return String::new();
        }
        let mut own = self.nesting();
        kept.char_indices().for_each(|(at, _)| {
            own.read(kept, at);
        });
        let closers = own.open().iter().rev().map(|open| closer(*open));
        kept.chars().chain(closers).collect()
    }

    /// The first place where nothing that the text opened is open and the rest takes over.
    fn first_end(&self, text: &str, takes_over: impl Fn(Overlap) -> bool) -> Option<usize> {
        let mut own = self.nesting();
        let mut n_unclosed = self.n_unclosed;
        for (at, c) in text.char_indices() {
            let is_level = own.open().is_empty();
            let has_to_close = n_unclosed > 0 && (is_quote(c) || ")]}".contains(c));
            let may_end = is_level && !has_to_close;
            if may_end && (c == '\n' || takes_over(self.overlap(text, at))) {
                return Some(self.trimmed(&text[..at]));
            }
            match own.read(text, at) {
                Some(_) if n_unclosed > 0 => n_unclosed -= 1,
                Some(c) if may_end && self.is_closed_later(c) => {
                    return Some(self.trimmed(&text[..at]));
                }
                _ => {}
            }
        }
        None
    }

    fn nesting(&self) -> Nesting {
        Nesting::new(self.quote, self.has_lifetimes)
    }

    /// Whether the code after the cursor closes `c`, or what is open on the line.
    fn is_closed_later(&self, c: char) -> bool {
        let left = &self.open[..self.open.len() - self.n_unclosed];
        self.closed_by_rest.contains(&c) || left.iter().any(|open| closer(*open) == c)
    }

    /// The length of `kept`, without blanks at its end that the rest begins with.
    fn trimmed(&self, kept: &str) -> usize {
        if self.rest.starts_with([' ', '\t']) || kept.trim().is_empty() {
            kept.trim_end().len()
        } else {
            kept.len()
        }
    }

    /// Compares `text` from `at` on with the rest, blanks aside.
    fn overlap(&self, text: &str, at: usize) -> Overlap {
        let rest = self.rest.trim_start();
        let starts_inside_word =
            !self.is_in_word && text[..at].ends_with(is_word) && rest.starts_with(is_word);
        if starts_inside_word || text[at..].starts_with(char::is_whitespace) {
            return Overlap::None;
        }
        let mut ours = text[at..].chars().filter(|c| *c == '\n' || !c.is_whitespace()).peekable();
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
        let ends_word = matched.ends_with(is_word) && text[at..].trim_end().ends_with(is_word);
        match (ours.peek(), theirs.peek()) {
            _ if matched.is_empty() => Overlap::None,
            (_, None) if matched == ";" => Overlap::Sure,
            (None, _) if ends_word => Overlap::Open,
            (None, None) if matched.chars().count() > 1 => Overlap::Sure,
            (None, _) => Overlap::Open,
            (Some('\n'), None) => Overlap::Sure,
            (Some(next), None) if matched.ends_with(is_word) && is_word(*next) => Overlap::None,
            (Some(_), None) if matched.chars().count() > 1 => Overlap::Sure,
            (Some(next), Some(expected)) => Self::of_unlike(&matched, *next, *expected),
            (Some(_), None) => Overlap::None,
        }
    }

    /// Whether a text that went on otherwise after `matched` has run into the rest: if a whole word
    /// of it is alike.
    fn of_unlike(matched: &str, next: char, expected: char) -> Overlap {
        let word = last_word(matched);
        let is_cut = is_word(next) || is_word(expected);
        let n_words = matched.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count();
        let has_whole_word = n_words > usize::from(!word.is_empty() && is_cut);
        if has_whole_word && matched.chars().count() > 1 { Overlap::Sure } else { Overlap::None }
    }
}

/// How many of the brackets and quotes that are `open`, from the innermost, have to be closed
/// before the `closers` after the cursor fit the others.
fn n_unclosed(open: &[char], closers: &[char]) -> usize {
    let fits = |n: &usize| {
        let left = open[..open.len() - n].iter().rev().map(|c| closer(*c));
        left.clone().count() <= closers.len() && left.zip(closers).all(|(open, c)| open == *c)
    };
    (0..=open.len()).find(fits).unwrap_or_default()
}

/// The closers in `code` of what it has not opened itself. It begins in a string of `quote`.
fn unmatched_closers(code: &str, quote: Option<char>, has_lifetimes: bool) -> Vec<char> {
    let mut nesting = Nesting::new(quote, has_lifetimes);
    code.char_indices().filter_map(|(at, _)| nesting.read(code, at)).collect()
}

fn first_lines(text: &str) -> &str {
    let end = text.match_indices('\n').nth(MAX_LINES - 1);
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn last_word(text: &str) -> &str {
    &text[text.trim_end_matches(is_word).len()..]
}

fn first_word(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(is_word).len()]
}

/// Whether the word of `start` and `end`, at the end of `before` and the start of `after`, stands
/// in them elsewhere too.
fn has_word(before: &str, after: &str, start: &str, end: &str) -> bool {
    let whole = [start, end].concat();
    let others = [&before[..before.len() - start.len()], &after[end.len()..]];
    others.iter().any(|code| code.split(|c| !is_word(c)).any(|word| word == whole))
}

#[cfg(test)]
mod tests;
