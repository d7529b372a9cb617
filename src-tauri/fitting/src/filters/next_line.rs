//! A completion that repeats the line below the cursor.

use super::filter::{Draft, Filter, Verdict};
use super::indentation::opens_block;
use super::rejection_reason::RejectionReason;
use crate::lines::{code_lines, n_letters};

pub(super) const FILTER: Filter = Filter {
    name: "next-line",
    reason: RejectionReason::LineBelow,
    is_complete_if_empty: true,
    check,
};

/// Shorter lines (`else:`, `0,`, `pass`) are often there twice.
const MIN_LETTERS: usize = 6;
/// Lines with at most one difference in this many characters count as the same.
const CHARACTERS_PER_DIFFERENCE: usize = 20;

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    let Some(below) = code_lines(place.below()).next() else { return Verdict::Keep };
    if !place.rest_of_line().is_empty() {
        return Verdict::Keep;
    }
    let Some(first) = code_lines(draft.text).next() else { return Verdict::Keep };
    let begins_here = !draft.text.starts_with('\n');
    let line =
        if begins_here { format!("{}{first}", place.line_before()) } else { first.to_owned() };
    let is_same = n_letters(&line) >= MIN_LETTERS && is_nearly(line.trim(), below.trim());
    match is_same {
        // Below a header something is missing.
        true if opens_block(place) => Verdict::Reject(FILTER.reason),
        true => Verdict::Complete(FILTER.reason),
        false => Verdict::Keep,
    }
}

/// Whether two lines differ in at most a few percent of their characters, and in no digit.
fn is_nearly(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let digits = |line: &str| line.chars().filter(char::is_ascii_digit).collect::<String>();
    let allowed = a.chars().count().min(b.chars().count()) / CHARACTERS_PER_DIFFERENCE;
    allowed > 0 && digits(a) == digits(b) && differ_by_at_most(a, b, allowed.min(4))
}

/// Whether at most `allowed` insertions, deletions and replacements turn `a` into `b`. Takes linear
/// time, because only a band around the diagonal is computed.
fn differ_by_at_most(a: &str, b: &str, allowed: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > allowed {
        return false;
    }
    let far = allowed + 1;
    // Distances of the first `i` characters of `a` to the first `i + k - far` of `b`.
    let mut row: Vec<usize> = (0..=2 * far).map(|k| k.saturating_sub(far)).collect();
    for (i, c) in a.iter().enumerate() {
        let previous = row.clone();
        for k in 0..=2 * far {
            let replaced = (i + k).checked_sub(far).and_then(|j| b.get(j));
            let substitute = previous[k] + usize::from(replaced != Some(c));
            let delete = previous.get(k + 1).map_or(far, |distance| distance + 1);
            let insert = k.checked_sub(1).map_or(far, |left| row[left] + 1);
            row[k] = substitute.min(delete).min(insert).min(far);
        }
    }
    (b.len() + far).checked_sub(a.len()).and_then(|k| row.get(k)).is_some_and(|d| *d <= allowed)
}
