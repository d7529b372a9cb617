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
        Self { path: Arc::clone(&place.path), source, alignment, found, missing }
    }

    /// When the file was last changed.
    pub(super) fn modified(&self) -> SystemTime {
        self.source.stamp.modified
    }

    /// Whether enough of the snippet stands there.
    pub(super) fn is_sure(&self) -> bool {
        let least = if self.missing > 0.0 { MIN_WEIGHT_OF_PART } else { MIN_WEIGHT };
        self.found >= least + PER_MISSING * self.missing
    }
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
