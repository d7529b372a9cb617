//! [`Closers`]: how many of the brackets and quotes that are open at the cursor a completion has to
//! close, so that the code after the cursor can close the others.

use crate::language::Language;
use crate::language::nesting::{Change, Nesting, Open, is_multiline};

/// The code after the cursor is searched this many lines far for closing brackets.
const MAX_LINES: usize = 24;

/// Counts of brackets and quotes open at the cursor, from the innermost on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Closers {
    /// How many a completion has to close, because the code after the cursor closes outer ones.
    pub(super) required: usize,
    /// How many it may close: those that the cursor's line opened and no later code closes.
    pub(super) allowed: usize,
}

impl Closers {
    /// Reads the code around the cursor. Returns also what is open at the cursor.
    pub(super) fn read(prefix: &str, suffix: &str, language: Language) -> (Nesting, Self) {
        let (above, line) = prefix.split_at(prefix.rfind('\n').map_or(0, |at| at + 1));
        let around = Nesting::near(above, language);
        // A snippet that begins inside a long string or comment is misread up to here.
        let is_sure = !around.is_in_text();
        let mut at_cursor = if is_sure { around } else { Nesting::new(language) };
        let n_opened = read_line(&mut at_cursor, line);
        let closers = Self::of(&at_cursor, n_opened, first_lines(suffix));
        (at_cursor, closers)
    }

    fn of(at_cursor: &Nesting, n_opened: usize, rest: &str) -> Self {
        let closed = Closed::by(rest, at_cursor.clone());
        if !closed.ends_in_string {
            return closed.closers(0, n_opened);
        }
        // Perhaps the completion has to end the string that the cursor is in.
        let mut outside = at_cursor.clone();
        let is_single =
            matches!(outside.open().last(), Some(Open::Quote(mark)) if !is_multiline(mark));
        outside.pop();
        let closed_outside = Closed::by(rest, outside);
        if is_single && !closed_outside.ends_in_string {
            closed_outside.closers(1, n_opened)
        } else {
            closed.closers(0, n_opened)
        }
    }
}

/// Which of the brackets open before a text are closed by it.
struct Closed {
    n_closed: usize,
    /// Those that it left open while it closed outer ones.
    n_skipped: usize,
    /// Whether it closes what is opened outside of all that is known: then it left the rest open.
    has_stray: bool,
    /// Whether the first line does.
    ends_in_string: bool,
}

impl Closed {
    fn by(text: &str, mut nesting: Nesting) -> Self {
        let (mut n_closed, mut n_skipped, mut at) = (0, 0, 0);
        let mut lowest = nesting.depth();
        let mut has_stray = false;
        let mut line_ends_in_string = None;
        while at < text.len() && !has_stray {
            if text[at..].starts_with('\n') {
                line_ends_in_string.get_or_insert(nesting.is_in_string());
            }
            let (length, change) = nesting.step(&text[at..]);
            at += length;
            match change {
                Change::Closed { n_skipped: skipped } if nesting.depth() < lowest => {
                    n_closed += 1;
                    n_skipped += lowest.saturating_sub(nesting.depth() + 1).min(skipped);
                    lowest = nesting.depth();
                }
                Change::Stray(_) => has_stray = nesting.depth() == lowest,
                _ => {}
            }
        }
        let ends_in_string = line_ends_in_string.unwrap_or_else(|| nesting.is_in_string());
        Self { n_closed, n_skipped, has_stray, ends_in_string }
    }

    fn closers(&self, n_quotes: usize, n_opened: usize) -> Closers {
        let left = n_opened.saturating_sub(self.n_closed);
        let required = if self.has_stray { left } else { self.n_skipped + n_quotes };
        Closers { required, allowed: required.max(left) }
    }
}

/// Reads a line. Returns how many of the brackets and quotes that it opened are open at its end.
fn read_line(nesting: &mut Nesting, line: &str) -> usize {
    let mut lowest = nesting.depth();
    let mut at = 0;
    while at < line.len() {
        at += nesting.step(&line[at..]).0;
        lowest = lowest.min(nesting.depth());
    }
    nesting.depth() - lowest
}

fn first_lines(text: &str) -> &str {
    let end = text.match_indices('\n').nth(MAX_LINES - 1);
    &text[..end.map_or(text.len(), |(at, _)| at)]
}
