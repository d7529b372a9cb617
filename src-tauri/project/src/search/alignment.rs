//! [`align`]: pairs the lines of a snippet with lines of a file, in order.
//!
//! The snippet may have lines that the file has not, since they are not saved, and the other way
//! round. Needleman and Wunsch, "A general method applicable to the search for similarities in the
//! amino acid sequence of two proteins", 1970, with free ends in the file.

use std::ops::Range;

/// What a line without a partner costs, on either side. Less than a common line is worth.
const GAP: f32 = 0.3;
/// What each line between the start and the expected one costs: of two places the nearer one counts.
const MOVED: f32 = 0.05;

/// How the lines of a snippet lie in a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Alignment {
    /// What the pairs are worth, less the gaps between them.
    pub(super) score: f32,
    /// Lines of the snippet and of the file that are alike, both ascending.
    pub(super) pairs: Vec<(usize, usize)>,
}

/// The way by which the best alignment of two beginnings was reached.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Start,
    Pair,
    Mismatch,
    SkipSnippet,
    SkipFile,
}

/// The best alignment of `n_lines` lines with those of the file in `window`, the first of which is
/// expected at the line `diagonal`; `worth` is what a line of the snippet and one of the file are worth
/// as a pair, `None` if they are not alike.
pub(super) fn align(
    n_lines: usize,
    window: Range<usize>,
    diagonal: i64,
    worth: impl Fn(usize, usize) -> Option<f32>,
) -> Alignment {
    let width = window.len() + 1;
    let mut steps = vec![Step::Start; (n_lines + 1) * width];
    let moved = |j: usize| (window.start as i64 + j as i64 - diagonal).unsigned_abs();
    let mut above: Vec<f32> = (0..width).map(|j| -MOVED * moved(j) as f32).collect();
    for i in 1..=n_lines {
        // The last line is being written: it need not be there.
        let missing = if i == n_lines { 0.0 } else { GAP };
        let mut row = vec![above[0] - missing; width];
        steps[i * width] = Step::SkipSnippet;
        for j in 1..width {
            let pair = match worth(i - 1, window.start + j - 1) {
                Some(worth) => (above[j - 1] + worth, Step::Pair),
                None => (above[j - 1] - missing, Step::Mismatch),
            };
            let skips =
                [(above[j] - missing, Step::SkipSnippet), (row[j - 1] - GAP, Step::SkipFile)];
            let best = skips.into_iter().fold(pair, |a, b| if b.0 > a.0 { b } else { a });
            (row[j], steps[i * width + j]) = best;
        }
        above = row;
    }
    let best = above.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    let (end, score) = best.map_or((0, 0.0), |(end, score)| (end, *score));
    Alignment { score, pairs: trace(&steps, width, n_lines, end, window.start) }
}

/// The pairs on the way back from an end.
fn trace(
    steps: &[Step],
    width: usize,
    mut i: usize,
    mut j: usize,
    start: usize,
) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    loop {
        match steps[i * width + j] {
            Step::Start => break,
            Step::SkipSnippet => i -= 1,
            Step::SkipFile => j -= 1,
            step @ (Step::Pair | Step::Mismatch) => {
                (i, j) = (i - 1, j - 1);
                if step == Step::Pair {
                    pairs.push((i, start + j));
                }
            }
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paired_in_order() {
        let check = |snippet: &str, file: &str, expected: &[(usize, usize)], why: &str| {
            let (snippet, file) = (snippet.as_bytes(), file.as_bytes());
            let worth = |i: usize, j: usize| (snippet[i] == file[j]).then_some(1.0);
            let found = align(snippet.len(), 0..file.len(), 1, worth);
            assert_eq!(found.pairs, expected, "{why}");
        };
        check("bcd", "abcde", &[(0, 1), (1, 2), (2, 3)], "as it stands there");
        check("bxcd", "abcde", &[(0, 1), (2, 2), (3, 3)], "with a line that is not saved");
        check("bd", "abcde", &[(0, 1), (1, 3)], "without a line that is still on the disk");
        check("bxd", "abcde", &[(0, 1), (2, 3)], "with a line changed");
        check("bcx", "abcde", &[(0, 1), (1, 2)], "with a new line at the end");
        check("xyz", "abcde", &[], "elsewhere");
        check("", "abc", &[], "nothing");
        check("abc", "", &[], "in nothing");
    }

    #[test]
    fn of_two_places_the_expected_one_counts() {
        let file = b"abxxab";
        let at = |diagonal| align(2, 0..6, diagonal, |i, j| (b"ab"[i] == file[j]).then_some(1.0));
        assert_eq!(at(0).pairs, [(0, 0), (1, 1)]);
        assert_eq!(at(4).pairs, [(0, 4), (1, 5)]);
        assert_eq!(at(0).score, at(4).score, "both are as good");
    }

    #[test]
    fn only_the_window_is_looked_at() {
        let file = b"abcabc";
        let found = align(2, 3..6, 4, |i, j| (b"bc"[i] == file[j]).then_some(1.0));
        assert_eq!(found.pairs, [(0, 4), (1, 5)]);
        assert_eq!(found.score, 2.0);
    }
}
