//! [`Candidate`]: a place whose file was read, aligned as text.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use super::alignment::{Alignment, align};
use super::query::Query;
use super::ranking::Ranked;
use crate::selection::SourceFile;

/// How far lines may have moved in a version of a file that the index does not know yet.
const MAX_MOVED: usize = 1_000;
/// What half a line is worth of the whole one.
const HALF: f32 = 0.9;
/// The least weight of the lines that are found, where all of the snippet is.
const MIN_WEIGHT: f32 = 6.0;
/// The same where a part is not found: one line that stands nowhere else, or several.
const MIN_WEIGHT_OF_PART: f32 = 14.0;
/// How much more has to be found for what is not. Code from elsewhere has common lines, too.
const PER_MISSING: f32 = 0.4;
/// How much more has to be found for each place where lines are pushed apart or together: in code from
/// elsewhere, lines that are common there stand in another order or with others between them.
const PER_BREAK: f32 = 4.0;
/// What a line that tells nothing is worth right behind another that is found, if the whole snippet is:
/// `}` stands anywhere, and after one certain line and before another in few places.
const IN_ORDER: f32 = 2.0;

/// A place whose file was read.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) path: Arc<Path>,
    pub(super) source: Rc<SourceFile>,
    pub(super) alignment: Alignment,
    /// What the telling lines are worth that were found.
    found: f32,
    /// What the others are worth, but for the last one, which is being written.
    missing: f32,
    /// How many lines that tell nothing stand right behind another that was found.
    n_in_order: usize,
    /// How often two pairs that follow each other are not as far apart in the snippet as in the file.
    n_breaks: usize,
}

impl Candidate {
    /// Aligns the snippet with the file of a place.
    pub(super) fn new(place: &Ranked, source: Rc<SourceFile>, query: &Query<'_>) -> Self {
        let lines: Vec<&str> = source.text.lines().collect();
        let moved = if source.stamp == place.stamp { 0 } else { MAX_MOVED };
        let start = place.window.start.saturating_sub(moved).min(lines.len());
        let window = start..(place.window.end + moved).min(lines.len());
        let alignment =
            align(query.lines.len(), window, place.diagonal, |i, j| worth(query, i, lines[j]));
        let partner = |i: usize| alignment.pairs.iter().find(|pair| pair.0 == i).map(|pair| pair.1);
        let (mut found, mut missing) = (0.0, 0.0);
        for (i, line) in query.lines.iter().enumerate() {
            let worth = partner(i).and_then(|j| worth(query, i, lines[j]));
            match worth {
                Some(worth) if line.line.is_telling() => found += worth,
                None if i < query.last() && !line.line.text.is_empty() => missing += line.weight,
                _ => {}
            }
        }
        let (n_in_order, n_breaks) = order(&alignment, query);
        let path = Arc::clone(&place.path);
        Self { path, source, alignment, found, missing, n_in_order, n_breaks }
    }

    /// When the file was last changed.
    pub(super) fn modified(&self) -> SystemTime {
        self.source.stamp.modified
    }

    /// Whether enough of the snippet stands there.
    pub(super) fn is_sure(&self) -> bool {
        if self.missing > 0.0 {
            let unlike = PER_MISSING * self.missing + PER_BREAK * self.n_breaks as f32;
            return self.found >= MIN_WEIGHT_OF_PART + unlike;
        }
        self.found + IN_ORDER * self.n_in_order as f32 >= MIN_WEIGHT
    }
}

/// How many lines that tell nothing stand right behind another that was found, and how often pairs that
/// follow each other are pushed apart or together.
fn order(alignment: &Alignment, query: &Query<'_>) -> (usize, usize) {
    let (mut n_in_order, mut n_breaks) = (0, 0);
    for pairs in alignment.pairs.windows(2) {
        let ((i, j), (next_i, next_j)) = (pairs[0], pairs[1]);
        let is_behind = (next_i, next_j) == (i + 1, j + 1);
        n_in_order += usize::from(is_behind && !query.lines[next_i].line.is_telling());
        n_breaks += usize::from(next_i - i != next_j - j);
    }
    (n_in_order, n_breaks)
}

/// What line `i` of the query and a line of a file are worth as a pair.
fn worth(query: &Query<'_>, i: usize, in_file: &str) -> Option<f32> {
    let line = &query.lines[i];
    let (wanted, in_file) = (line.line.text, in_file.trim());
    if wanted == in_file {
        // A line that is begun is worth no more than one that is the same.
        let is_last = i == query.last() && line.line.is_telling();
        return Some(if is_last { line.line.n_letters as f32 } else { line.weight });
    }
    let is_half = i == query.last() && is_begun(wanted, in_file)
        || i == 0 && line.line.is_telling() && in_file.ends_with(wanted);
    is_half.then_some(HALF * line.line.n_letters as f32)
}

/// Whether a line that is being written is the beginning of another: `x = f` of `x = f(a)`.
pub(super) fn is_begun(written: &str, line: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    // `i` is no beginning of `if`; a longer piece of a name may be.
    const MIN_BYTES: usize = 4;
    let Some(rest) = line.strip_prefix(written).filter(|_| !written.is_empty()) else {
        return false;
    };
    written.len() >= MIN_BYTES || !written.ends_with(is_name) || !rest.starts_with(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_name_is_no_beginning() {
        assert!(is_begun("x = f", "x = f(a)"));
        assert!(is_begun("re", "re.match(a)"));
        assert!(is_begun("retu", "return a"));
        assert!(!is_begun("i", "if a:"));
        assert!(!is_begun("", "if a:"));
        assert!(!is_begun("x = g", "x = f(a)"));
    }
}
