//! [`RestOfLine`]: ends a completion where the code after the cursor on its line takes over.
//!
//! That code may close brackets and quotes that are open at the cursor. So a completion may end
//! only where it has closed everything that it opened itself, and those of the line's brackets
//! that the code after the cursor does not close. At such a place it ends
//! 1. if it goes on as the rest of the line does, with any blanks and kinds of quotes;
//! 2. if it would close what that code closes: there, or where it has the rest's first token;
//! 3. at a line break.
//!
//! Works on text alone, for any source of text: [`end_of`](RestOfLine::end_of) and
//! [`sure_len`](RestOfLine::sure_len) while it grows, [`finish`](RestOfLine::finish) at its end.

mod closers;
mod overlap;

use closers::Closers;
use overlap::{Overlap, first_token, overlap};

use crate::language::Language;
use crate::language::nesting::{Nesting, Open, is_name};

/// Bytes of the rest of the line that are compared: enough to recognise it.
const MAX_REST: usize = 200;

/// The rest of the cursor's line, which is not blank, and what a completion has to leave to it.
#[derive(Debug, Clone)]
pub struct RestOfLine {
    /// Without blanks at the end.
    rest: String,
    at_cursor: Nesting,
    closers: Closers,
    word: Word,
}

/// Whether the cursor is inside a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Outside,
    Inside,
    /// The word also stands elsewhere, so nothing is missing of it.
    Known,
}

impl RestOfLine {
    /// What follows a cursor between `prefix` and `suffix` on its line; `None` if that is blank.
    pub fn of(prefix: &str, suffix: &str, language: Language) -> Option<Self> {
        let rest = suffix.lines().next().filter(|rest| !rest.trim().is_empty())?.trim_end();
        let (at_cursor, closers) = Closers::read(prefix, suffix, language);
        let rest = rest[..rest.floor_char_boundary(MAX_REST)].to_owned();
        Some(Self { rest, at_cursor, closers, word: Word::of(prefix, suffix) })
    }

    /// How many bytes of `text` to keep if the completion has ended; `None` if it may go on.
    pub fn end_of(&self, text: &str) -> Option<usize> {
        if self.word == Word::Known {
            return Some(0);
        }
        self.first_end(text, 0, |overlap| overlap == Overlap::Sure)
    }

    /// How many bytes of the growing `text` are sure to stay, so that a stream may show them.
    pub fn sure_len(&self, text: &str) -> usize {
        let end = self.first_end(text, 0, |overlap| overlap != Overlap::None);
        let token = self.first_rest_token(text, text.len());
        let sure = end.into_iter().chain(token).min().unwrap_or(text.len());
        text[..sure].trim_end().len()
    }

    /// The completion that `text`, which its source has ended, gives: without what the rest of the
    /// line repeats, and with what it opened closed.
    pub fn finish(&self, text: &str) -> String {
        let n_closed = self.n_closed(text);
        let end = self.first_end(text, n_closed, |overlap| overlap != Overlap::None);
        let kept = self.without_blanks(&text[..end.unwrap_or(text.len())]);
        if kept.trim().is_empty() || self.word == Word::Known {
            return String::new();
        }
        let closers = self.missing_closers(kept);
        // A backslash at the end would escape what closes.
        let kept = if closers.is_empty() { kept } else { kept.trim_end_matches('\\') };
        let mut fitted = format!("{kept}{closers}");
        let runs_together = fitted.ends_with(is_name) && self.rest.starts_with(is_name);
        if runs_together && self.word == Word::Outside {
            fitted.push(' ');
        }
        fitted
    }

    /// The first place where the completion ends, if overlaps for which `takes_over` end it after
    /// `n_closed` of the line's brackets are closed.
    fn first_end(
        &self,
        text: &str,
        n_closed: usize,
        takes_over: impl Fn(Overlap) -> bool,
    ) -> Option<usize> {
        let max_depth = self.at_cursor.depth() - n_closed;
        let mut nesting = self.at_cursor.clone();
        let mut n_open_in_text = 0;
        let mut at = 0;
        while at < text.len() {
            let here = &text[at..];
            let may_end = nesting.depth() <= max_depth && self.may_hand_over(&nesting);
            if may_end && takes_over(self.overlap(text, at)) {
                return Some(at);
            }
            let closes_in_text = self.closes_in_text(&nesting, here, &mut n_open_in_text);
            let (length, _) = nesting.step(here);
            if closes_in_text || self.has_closed_too_much(&nesting) {
                return Some(self.first_rest_token(text, at).unwrap_or(at));
            }
            if here.starts_with('\n') && self.may_hand_over(&nesting) {
                return Some(at);
            }
            at += length;
        }
        None
    }

    /// How many of the line's brackets the completion closes if it is all of its own, also what looks
    /// like the rest.
    fn n_closed(&self, text: &str) -> usize {
        let end = self.first_end(text, 0, |_| false).unwrap_or(text.len());
        let mut nesting = self.at_cursor.clone();
        nesting.read(&text[..end]);
        if self.may_hand_over(&nesting) { self.at_cursor.depth() - nesting.depth() } else { 0 }
    }

    /// The first place before `end` that may be the rest's beginning, by its first token.
    fn first_rest_token(&self, text: &str, end: usize) -> Option<usize> {
        let mut nesting = self.at_cursor.clone();
        let mut at = 0;
        while at < end {
            let is_token = !self.cuts_word(text, at)
                && !text[at..].starts_with([' ', '\t'])
                && first_token(&text[at..]) == first_token(&self.rest);
            if is_token && self.may_hand_over(&nesting) {
                return Some(at);
            }
            at += nesting.step(&text[at..]).0;
        }
        None
    }

    fn overlap(&self, text: &str, at: usize) -> Overlap {
        if self.cuts_word(text, at) { Overlap::None } else { overlap(&text[at..], &self.rest) }
    }

    /// Whether a word of the text would end at `at`, in its middle, and run into the rest's.
    fn cuts_word(&self, text: &str, at: usize) -> bool {
        self.word == Word::Outside
            && text[..at].ends_with(is_name)
            && self.rest.starts_with(is_name)
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

    /// Whether `here`, in the comment or string of the cursor, closes what the rest closes: brackets
    /// are text there, but text closes them too. Counts those that the completion has open.
    fn closes_in_text(&self, nesting: &Nesting, here: &str, n_open: &mut usize) -> bool {
        if !(nesting.is_in_text() && self.at_cursor.is_in_text()) {
            return false;
        }
        match here.chars().next() {
            Some('(' | '[' | '{') => *n_open += 1,
            Some(c @ (')' | ']' | '}')) if *n_open == 0 => return self.rest.starts_with(c),
            Some(')' | ']' | '}') => *n_open -= 1,
            _ => {}
        }
        false
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
        own.iter().rev().chain(lines.iter().rev()).filter_map(|open| open.closer()).collect()
    }
}

impl Word {
    fn of(prefix: &str, suffix: &str) -> Self {
        let start = &prefix[prefix.trim_end_matches(is_name).len()..];
        let end = &suffix[..suffix.len() - suffix.trim_start_matches(is_name).len()];
        if start.is_empty() || end.is_empty() {
            return Self::Outside;
        }
        let whole = [start, end].concat();
        let others = [&prefix[..prefix.len() - start.len()], &suffix[end.len()..]];
        let has_word = |code: &&str| code.split(|c| !is_name(c)).any(|word| word == whole);
        if others.iter().any(has_word) { Self::Known } else { Self::Inside }
    }
}

#[cfg(test)]
mod tests;
