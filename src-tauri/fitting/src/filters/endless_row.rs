//! Endless repetition: lines or list items that differ only in a counter, and text in loops. The
//! first few are kept. Completions that the decoder's loop detector cut are rejected: 15 of 16 such
//! completions were useless.

use pounce_engine::nesting::{Nesting, is_name};
use pounce_engine::{FinishReason, Mode};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;

pub(super) const FILTER: Filter = Filter {
    name: "endless-row",
    reason: RejectionReason::EndlessRow,
    is_complete_if_empty: false,
    check,
};

/// Rows that may follow each other.
const MAX_LINES: usize = 4;
/// Items of a list that may follow each other in a list that is not closed.
const MAX_ITEMS: usize = 10;
/// Items that are kept of a longer one.
const KEPT_ITEMS: usize = 4;
/// Repetitions of a text that make a loop, and their least total length.
const MIN_ROUNDS: usize = 4;
const MIN_CIRCLE: usize = 24;

fn check(draft: &Draft<'_>) -> Verdict {
    if draft.finish == FinishReason::Repetition || is_circle(draft.text) {
        return Verdict::Reject(FILTER.reason);
    }
    let length = match draft.place.mode {
        Mode::Line => end_of_items(draft),
        Mode::Block | Mode::Free => end_of_rows(draft.text),
    };
    Verdict::cut(draft.text, length)
}

/// Where lines that count on are cut.
fn end_of_rows(text: &str) -> usize {
    let mut n_alike = 1;
    let mut at = 0;
    let mut previous: Option<Row<'_>> = None;
    for line in text.split_inclusive('\n') {
        let row = Row::new(line);
        let counts_on = previous.as_ref().is_some_and(|previous| row.counts_on(previous));
        n_alike = if counts_on { n_alike + 1 } else { 1 };
        if n_alike > MAX_LINES {
            return text[..at].trim_end().len();
        }
        at += line.len();
        previous = Some(row);
    }
    text.len()
}

/// A line as what stays the same from row to row.
struct Row<'a> {
    words: Vec<&'a str>,
    /// The line without words and numbers.
    form: String,
}

impl<'a> Row<'a> {
    fn new(line: &'a str) -> Self {
        let words = line.split(|c: char| !is_name(c)).filter(|word| !word.is_empty()).collect();
        let form = line.trim_end().chars().filter(|c| !is_name(*c)).collect();
        Self { words, form }
    }

    /// Whether the row is the one before it, but for numbers and single letters; the rows of a
    /// table whose first words count may differ in the others.
    fn counts_on(&self, previous: &Self) -> bool {
        let is_alike = self.form == previous.form && self.words.len() == previous.words.len();
        let (Some(first), Some(before)) = (self.words.first(), previous.words.first()) else {
            return false;
        };
        let first_counts = has_digit(first) && is_counted(first, before);
        let mut pairs = self.words.iter().zip(&previous.words);
        is_alike && (first_counts || pairs.all(|(a, b)| is_counted(a, b)))
    }
}

/// Whether two words differ in digits alone, or are single letters.
fn is_counted(a: &str, b: &str) -> bool {
    let without = |word: &'_ str| word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let is_letter = |word: &str| word.chars().nth(1).is_none();
    a[..without(a)] == b[..without(b)] || is_letter(a) && is_letter(b)
}

fn has_digit(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
}

/// Where a list of numbers is cut that is not closed within a few items.
fn end_of_items(draft: &Draft<'_>) -> usize {
    let text = draft.text;
    let is_number = |item: &str| {
        let item = item.trim();
        !item.is_empty() && item.chars().all(|c| c.is_ascii_digit() || "+-._xeEfL".contains(c))
    };
    let mut nesting = Nesting::after(draft.place.line_before(), draft.place.language);
    if nesting.is_in_text() {
        return text.len();
    }
    nesting.read(text);
    let items: Vec<&str> = text.split(',').collect();
    let n_numbers = items.iter().take_while(|item| is_number(item)).count();
    if n_numbers <= MAX_ITEMS {
        return text.len();
    }
    items[..KEPT_ITEMS].iter().map(|item| item.len() + 1).sum::<usize>() - 1
}

/// Whether the text ends in rounds of the same text, with letters in it: rows of dashes are fine.
fn is_circle(text: &str) -> bool {
    let mut bytes = text.trim_end().as_bytes().to_vec();
    bytes.reverse();
    let borders = borders(&bytes);
    borders.iter().enumerate().any(|(idx, border)| {
        let length = idx + 1;
        let period = length - border;
        let is_long = length >= MIN_CIRCLE && length >= MIN_ROUNDS * period;
        is_long && bytes[..period].iter().any(|byte| byte.is_ascii_alphabetic())
    })
}

/// For each prefix of `bytes` the length of the longest shorter prefix that is its end too
/// (Knuth, Morris and Pratt, 1977).
fn borders(bytes: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; bytes.len()];
    for idx in 1..bytes.len() {
        let mut border = borders[idx - 1];
        while border > 0 && bytes[idx] != bytes[border] {
            border = borders[border - 1];
        }
        borders[idx] = border + usize::from(bytes[idx] == bytes[border]);
    }
    borders
}
