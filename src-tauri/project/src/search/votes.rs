//! [`vote`]: the lines of a query choose the places that are worth a closer look.

use std::collections::HashMap;

use super::query::Query;
use crate::index::FileId;

/// The most votes that are counted: the rarest lines vote first.
const MAX_VOTES: usize = 4_096;
/// The most places that are looked at.
const MAX_PLACES: usize = 64;
/// The same where the best ones have equal votes, so that none is taken for the only one.
const MAX_EQUAL_PLACES: usize = 256;

/// A place that lines have voted for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vote {
    pub(super) file: FileId,
    /// The line of the file at which the snippet's first line would stand.
    pub(super) diagonal: i64,
    /// The sum of the lines' weights.
    pub(super) weight: f32,
}

/// The places with the most votes, the best first; of equal ones those whose files `rank` highest.
pub(super) fn vote<R: Ord>(query: &Query<'_>, rank: impl Fn(FileId) -> R) -> Vec<Vote> {
    let mut lines: Vec<_> = query.lines.iter().enumerate().collect();
    lines.sort_by_key(|(_, line)| line.places.len());
    let (mut weights, mut n_votes) = (HashMap::new(), 0);
    for (at, line) in lines {
        n_votes += line.places.len();
        if n_votes > MAX_VOTES {
            break;
        }
        for (file, place) in &line.places {
            let diagonal = i64::from(*place) - at as i64;
            *weights.entry((*file, diagonal)).or_insert(0.0) += line.weight;
        }
    }
    let all = weights.into_iter();
    let mut votes: Vec<_> =
        all.map(|((file, diagonal), weight)| Vote { file, diagonal, weight }).collect();
    let best_first = |a: &Vote, b: &Vote| {
        let by_rank = || rank(b.file).cmp(&rank(a.file));
        let by_place = || (a.file, a.diagonal).cmp(&(b.file, b.diagonal));
        b.weight.total_cmp(&a.weight).then_with(by_rank).then_with(by_place)
    };
    let most = votes.iter().map(|vote| vote.weight).fold(0.0, f32::max);
    let n_best = votes.iter().filter(|vote| vote.weight == most).count();
    let n = n_best.clamp(MAX_PLACES, MAX_EQUAL_PLACES);
    if votes.len() > n {
        votes.select_nth_unstable_by(n - 1, best_first);
        votes.truncate(n);
    }
    votes.sort_by(best_first);
    votes
}
