//! Lines that begin with a number.

use crate::cleaning::decoration::code_like::indentation;
use crate::cleaning::draft::Line;

/// What stands for lines that are left out.
const ELISIONS: [&str; 5] = ["...", "…", "⋮", "--", "~"];

/// More lines are not left out.
const MAX_LEFT_OUT: usize = 100_000;

/// More digits are no line number.
const MAX_DIGITS: usize = 7;

/// A line and the number before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered<'a> {
    pub(super) line: Line<'a>,
    pub(super) number: usize,
    /// Columns of the first digit and behind the last. All before them is ASCII but for a file's
    /// name, so that they are taken for bytes.
    pub(super) digits: (usize, usize),
    /// What follows the digits.
    pub(super) rest: &'a str,
}

impl Numbered<'_> {
    /// The number of blanks between the digits and what follows. Before a bar there may be the sign
    /// of a changed line among them.
    pub(super) fn gap(&self) -> usize {
        let blanks = indentation(self.rest);
        let changed = self.rest[blanks..].strip_prefix(['+', '~', '-', '_']);
        let before_bar = changed.filter(|rest| rest.trim_start_matches(' ').starts_with('│'));
        blanks + before_bar.map_or(0, |rest| 1 + indentation(rest))
    }

    /// The first character after the digits and blanks.
    pub(super) fn sign(&self) -> Option<char> {
        self.rest[self.gap()..].chars().next()
    }
}

/// What stands before the first number of `line`: nothing, `L`, `line `, or a file's name as
/// `grep -n` writes it.
pub(super) fn lead(line: &str) -> &str {
    let text = line.trim_start();
    let is_numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let word = ["Line ", "line ", "L"].iter().find(|lead| text.starts_with(**lead));
    let length = match word {
        Some(word) => word.len(),
        None => text.find(':').map_or(0, |colon| colon + 1),
    };
    let (lead, rest) = text.split_at(length);
    let is_path =
        lead.contains(['.', '/']) && !lead.contains([' ', '(', '"']) && !is_numbered(text);
    if is_numbered(rest) && (word.is_some() || is_path) { lead } else { "" }
}

/// The lines with numbers; `None` unless two or more have one, every line that is not blank among
/// them, and they count up. Blank lines may have been counted without being numbered.
pub(super) fn numbered<'a>(lines: &[Line<'a>], lead: &str) -> Option<Vec<Numbered<'a>>> {
    let mut numbered: Vec<Numbered<'_>> = Vec::new();
    let mut blank = 0;
    for line in lines {
        if line.is_blank() {
            blank += 1;
            continue;
        }
        if ELISIONS.contains(&line.text.trim()) && !numbered.is_empty() {
            blank = MAX_LEFT_OUT;
            continue;
        }
        let next = parse(*line, lead)?;
        let step = |last: &Numbered<'_>| next.number.checked_sub(last.number);
        if !numbered.last().is_none_or(|last| (Some(1)..=Some(blank + 1)).contains(&step(last))) {
            return None;
        }
        numbered.push(next);
        blank = 0;
    }
    (numbered.len() > 1).then_some(numbered)
}

fn parse<'a>(line: Line<'a>, lead: &str) -> Option<Numbered<'a>> {
    let text = line.text.trim_start_matches([' ', '\t']);
    // `grep -C` writes `file-12-` for lines around a match.
    let around_match = || text.strip_prefix(lead.strip_suffix(':')?)?.strip_prefix('-');
    let text = text.strip_prefix(lead).or_else(around_match)?;
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let (start, end) = (line.text.len() - text.len(), line.text.len() - rest.len());
    let number = line.text[start..end].parse().ok().filter(|_| end - start <= MAX_DIGITS)?;
    Some(Numbered { line, number, digits: (start, end), rest })
}
