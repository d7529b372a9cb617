//! Finds the lines in the same scope or list as a line.

use crate::lines::columns;

/// The most lines to look at on each side.
const MAX_LINES: usize = 400;

/// The lines of `above`, the nearest first, up to one that is indented less than `depth` columns.
pub(super) fn scope_above(above: &str, depth: usize) -> impl Iterator<Item = &str> {
    above.rsplit('\n').take(MAX_LINES).take_while(move |line| is_inside(line, depth))
}

/// The lines of `below` up to one that is indented less than `depth` columns.
pub(super) fn scope_below(below: &str, depth: usize) -> impl Iterator<Item = &str> {
    below.split('\n').take(MAX_LINES).take_while(move |line| is_inside(line, depth))
}

/// The lines of the same indentation next to a line of `depth` columns, without a gap between.
pub(super) fn siblings<'a>(
    above: &'a str,
    below: &'a str,
    depth: usize,
) -> impl Iterator<Item = &'a str> {
    let is_next = move |line: &&str| !line.trim().is_empty() && columns(line) >= depth;
    let lines = above.rsplit('\n').take(MAX_LINES).take_while(is_next);
    let lines = lines.chain(below.split('\n').take(MAX_LINES).take_while(is_next));
    lines.filter(move |line| columns(line) == depth)
}

fn is_inside(line: &str, depth: usize) -> bool {
    line.trim().is_empty() || columns(line) >= depth
}
