//! [`ranked`]: the places that lines have voted for, aligned by the hashes in memory.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::alignment::{Alignment, align};
use super::query::Query;
use super::votes::vote;
use crate::index::LineIndex;
use crate::selection::Stamp;

/// How far lines may be moved by others that are not saved.
const SLACK: i64 = 12;
/// The most places that are read from the disk.
const MAX_READ: usize = 8;

/// A place that is worth reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranked {
    pub(super) path: Arc<Path>,
    /// The version of the file that the window is of.
    pub(super) stamp: Stamp,
    /// The lines of the file between which the snippet lies.
    pub(super) window: Range<usize>,
    /// The line of the file at which the snippet's first line is expected.
    pub(super) diagonal: i64,
    pub(super) score: f32,
    /// The score that it may have as text.
    most: f32,
    /// The last line that is in both.
    end: Option<usize>,
}

/// The places that are worth reading.
#[derive(Debug)]
pub(super) struct Ranking {
    /// The best first.
    pub(super) places: Vec<Ranked>,
    /// Those that are too many to read.
    pub(super) others: Vec<Ranked>,
}

/// The places that are worth reading, aligned by their hashes.
pub(super) fn ranked(index: &LineIndex, query: &Query<'_>) -> Ranking {
    let modified = |id| index.file(id).map(|file| file.stamp.modified);
    let mut ranked: Vec<Ranked> = Vec::new();
    for vote in vote(query, modified) {
        let Some(file) = index.file(vote.file) else { continue };
        let window = window(vote.diagonal, query.lines.len(), file.hashes.len());
        let worth = |i: usize, j: usize| {
            let line = &query.lines[i];
            (line.line.hash == file.hashes[j]).then_some(line.weight)
        };
        let aligned = align(query.lines.len(), window.clone(), vote.diagonal, worth);
        let end = aligned.pairs.last().map(|(_, line)| *line);
        let ((path, stamp), diagonal) = ((Arc::clone(&file.path), file.stamp), vote.diagonal);
        let (score, most) = (aligned.score, aligned.score + unseen(query, &aligned));
        ranked.push(Ranked { path, stamp, window, diagonal, score, most, end });
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    // Lines before and after an insertion vote for two diagonals of one place.
    let mut known = HashSet::new();
    ranked.retain(|place| known.insert((Arc::clone(&place.path), place.end)));
    let best = ranked.first().map_or(0.0, |first| first.score);
    ranked.retain(|place| place.most >= best);
    let others = ranked.split_off(ranked.len().min(MAX_READ));
    Ranking { places: ranked, others }
}

/// What half a first line and an unfinished last one may add to a place, which hashes do not show.
fn unseen(query: &Query<'_>, aligned: &Alignment) -> f32 {
    let is_found = |line: usize| aligned.pairs.iter().any(|pair| pair.0 == line);
    let worth = |line: usize| query.lines[line].line.n_letters as f32;
    let first = if is_found(0) { 0.0 } else { worth(0) };
    first + worth(query.last())
}

/// The lines of a file of `n_file` lines around a diagonal.
fn window(diagonal: i64, n_lines: usize, n_file: usize) -> Range<usize> {
    let within = |line: i64| line.clamp(0, n_file as i64) as usize;
    within(diagonal - SLACK)..within(diagonal + n_lines as i64 + SLACK)
}
