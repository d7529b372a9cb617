//! [`RestOfLine`]: finds where a completion starts to repeat the code after the cursor.
//!
//! The code after the cursor may close brackets and quotes that are open in the cursor's line. So a
//! completion may end only where it has closed everything that it opened itself, and those of the
//! line's brackets that the code after the cursor does not close. At such a place it ends
//! 1. if it continues like the code after the cursor, with any blanks and kinds of quotes;
//! 2. otherwise, if it would close what that code closes: before that, or at its first token.

mod closers;
mod repeats;

use closers::Closers;
use repeats::{Repeat, repeat, starts_like};

use crate::nesting::{Nesting, Open};
use crate::place::{Place, is_name};

/// Bytes of the code after the cursor that are compared: enough to recognise it.
const MAX_REST: usize = 200;

/// The code after the cursor on its line, and what a completion has to leave to it.
#[derive(Debug, Clone)]
pub(crate) struct RestOfLine<'a> {
    rest: &'a str,
    at_cursor: Nesting,
    closers: Closers,
}

/// Places at which a completion could end, found in one pass.
#[derive(Debug, Default)]
struct Found {
    /// The completion ends with the beginning of the rest.
    ends_like_rest: Option<Match>,
    /// The rest is there as a whole, and perhaps more.
    whole_rest: Option<Match>,
    /// The rest's first token stands there.
    first_token: Option<usize>,
    /// The completion closes what the rest closes.
    closes_too_much: Option<usize>,
    /// The same in a comment or string.
    closes_in_text: Option<usize>,
    /// The line ends, and nothing of the completion's own is open.
    line_end: Option<usize>,
}

/// A place at which a completion continues like the rest of the line.
#[derive(Debug, Clone, Copy)]
struct Match {
    at: usize,
    /// How many of the line's open brackets the completion has closed up to there.
    n_closed: usize,
}

impl Match {
    /// Whether this one closes more of what the line leaves open, or as much but sooner.
    fn is_better(self, other: Self) -> bool {
        (self.n_closed, other.at) > (other.n_closed, self.at)
    }

    fn better_of(found: Option<Self>, other: Self) -> Option<Self> {
        found.filter(|found| !other.is_better(*found)).or(Some(other))
    }
}

impl<'a> RestOfLine<'a> {
    /// Reads the line around the cursor; `None` if nothing follows the cursor on its line.
    pub(crate) fn new(place: &Place<'a>) -> Option<Self> {
        let rest = place.rest_of_line();
        if rest.is_empty() {
            return None;
        }
        let (at_cursor, closers) = Closers::read(place);
        let rest = &rest[..rest.floor_char_boundary(MAX_REST)];
        Some(Self { rest, at_cursor, closers })
    }

    /// The completion without what stands after the cursor, and with its own brackets closed.
    pub(crate) fn fit(&self, text: &str) -> String {
        let length = self.end_of(text).unwrap_or(text.len());
        let kept = self.without_blanks(&text[..length]);
        let closers = self.missing_closers(kept);
        // A backslash at the end would escape what closes.
        let kept = if closers.is_empty() { kept } else { kept.trim_end_matches('\\') };
        let mut fitted = format!("{kept}{closers}");
        if fitted.ends_with(is_name) && self.rest.starts_with(is_name) {
            fitted.push(' ');
        }
        fitted
    }

    /// How many bytes of `text` to keep; `None` if all of it stays.
    fn end_of(&self, text: &str) -> Option<usize> {
        let found = self.find(text);
        let by_structure = || {
            let closes = found.closes_too_much.or(found.closes_in_text)?;
            let token = found.first_token.filter(|token| *token < closes);
            Some(token.unwrap_or(closes))
        };
        self.best_match(&found).or_else(by_structure).or(found.line_end)
    }

    /// Where the completion goes on as the rest of the line does.
    fn best_match(&self, found: &Found) -> Option<usize> {
        let best = match (found.ends_like_rest, found.whole_rest) {
            // A comma may separate what the completion itself lists.
            (ends, _) if self.rest == "," => ends,
            (Some(ends), _) if self.rest.starts_with(',') => Some(ends),
            (Some(ends), Some(whole)) if ends.is_better(whole) => Some(ends),
            (ends, whole) => whole.or(ends),
        };
        best.map(|found| found.at)
    }

    fn find(&self, text: &str) -> Found {
        let mut nesting = self.at_cursor.clone();
        let mut found = Found::default();
        let mut n_brackets = 0;
        let mut at = 0;
        while at < text.len() {
            let here = &text[at..];
            if self.may_hand_over(&nesting) {
                if here.starts_with('\n') {
                    found.line_end = Some(at);
                    break;
                }
                let n_closed = self.at_cursor.depth() - nesting.depth();
                self.compare(text, at, n_closed, &mut found);
            }
            if nesting.is_in_text() && self.at_cursor.is_in_text() {
                self.note_bracket_in_text(here, at, &mut n_brackets, &mut found);
            }
            let (length, _) = nesting.step(here);
            if self.has_closed_too_much(&nesting) {
                found.closes_too_much.get_or_insert(at);
            }
            at += length;
        }
        // Where the end balances the line, what looked like the rest before it was the completion's.
        let n_closed = self.at_cursor.depth().saturating_sub(nesting.depth());
        if self.may_hand_over(&nesting) && n_closed == self.closers.allowed {
            found.ends_like_rest = found.ends_like_rest.filter(|found| found.n_closed >= n_closed);
            found.whole_rest = found.whole_rest.filter(|found| found.n_closed >= n_closed);
        }
        let rest_closes = self.rest.starts_with([')', ']', '}', '"', '\'', '`']);
        if self.may_hand_over(&nesting) && rest_closes {
            found.whole_rest = None;
        }
        // Strings and brackets that were closed and opened again close nothing of the rest's.
        if self.may_hand_over(&nesting) {
            found.closes_too_much = None;
        }
        found
    }

    fn compare(&self, text: &str, at: usize, n_closed: usize, found: &mut Found) {
        let here = &text[at..];
        let cuts_word = text[..at].ends_with(is_name) && here.starts_with(is_name);
        if here.starts_with([' ', '\t']) || cuts_word {
            return;
        }
        let place = Match { at, n_closed };
        match repeat(here, self.rest) {
            Repeat::Whole => found.whole_rest = Match::better_of(found.whole_rest, place),
            Repeat::Beginning => {
                found.ends_like_rest = Match::better_of(found.ends_like_rest, place)
            }
            Repeat::No => {}
        }
        if starts_like(here, self.rest) {
            found.first_token.get_or_insert(at);
        }
    }

    /// In comments and strings brackets are text, but text closes them too.
    fn note_bracket_in_text(&self, here: &str, at: usize, n_open: &mut usize, found: &mut Found) {
        let Some(closer @ (')' | ']' | '}')) = self.rest.chars().next() else { return };
        match here.chars().next() {
            Some('(' | '[' | '{') => *n_open += 1,
            Some(c) if c == closer && *n_open == 0 => {
                found.closes_in_text.get_or_insert(at);
            }
            Some(')' | ']' | '}') => *n_open = n_open.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether the code after the cursor can follow: everything that the completion opened is
    /// closed, and so much of the line's that the rest of the line can close the others.
    fn may_hand_over(&self, nesting: &Nesting) -> bool {
        let base = self.at_cursor.open();
        let n_closed = base.len().checked_sub(nesting.depth());
        n_closed.is_some_and(|n| self.closers.required <= n && n <= self.closers.allowed)
            && base.starts_with(nesting.open())
    }

    fn has_closed_too_much(&self, nesting: &Nesting) -> bool {
        nesting.depth() + self.closers.allowed < self.at_cursor.depth()
    }

    /// Blanks at the end go where none stood at the beginning, or where the rest begins with them.
    fn without_blanks<'t>(&self, text: &'t str) -> &'t str {
        let closes = self.rest.starts_with([')', ']', '}', ',', ';', ' ', '\t']);
        let is_spaced = text.starts_with(' ') && !self.rest.starts_with([' ', '\t']);
        if closes && !is_spaced { text.trim_end_matches([' ', '\t']) } else { text }
    }

    /// What closes the completion's own brackets and quotes, and those of the line that the code
    /// after the cursor does not close.
    fn missing_closers(&self, text: &str) -> String {
        let mut nesting = self.at_cursor.clone();
        nesting.read(text);
        if matches!(nesting.open().last(), Some(Open::LineComment | Open::BlockComment)) {
            return String::new();
        }
        let base = self.at_cursor.open();
        let n_common = base.iter().zip(nesting.open()).take_while(|(a, b)| a == b).count();
        let n_kept = base.len() - self.closers.required;
        let own = &nesting.open()[n_common..];
        let lines = base.get(n_kept..n_common).unwrap_or_default();
        own.iter().rev().chain(lines.iter().rev()).filter_map(|open| mark(*open)).collect()
    }
}

/// What closes `open`, as text.
fn mark(open: Open) -> Option<String> {
    match open {
        Open::Bracket(closer) => Some(closer.to_string()),
        Open::Quote(mark) => Some(mark.to_owned()),
        Open::LineComment | Open::BlockComment => None,
    }
}
