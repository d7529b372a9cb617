//! [`find`]: decides where a snippet stands.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::RwLock;
use std::time::Duration;

use super::candidate::Candidate;
use super::no_place::NoPlace;
use super::place::Place;
use super::query::Query;
use super::ranking::{Ranked, Ranking, ranked};
use super::surroundings::Surroundings;
use super::title::n_named;
use crate::index::LineIndex;
use crate::selection::{SourceFile, Stamp};
use crate::sync::read;

/// Of two equal places, that in the file that was changed this much later is meant. The files of one
/// checkout or one unpacked archive have nearly the same time, which says nothing.
const LATER: Duration = Duration::from_secs(10 * 60);
/// Scores that differ by less are equal.
const EQUAL: f32 = 0.05;

/// Where the code before a cursor stands; `title` is that of the window in which it was copied, if known.
/// The files of likely places are read by `read_file`, without a lock; it returns `None` for a file that
/// cannot be read any more.
///
/// # Errors
/// Why no place was found.
pub(crate) fn find(
    index: &RwLock<LineIndex>,
    prefix: &str,
    title: &str,
    read_file: impl Fn(&Path) -> Option<SourceFile>,
) -> Result<Place, NoPlace> {
    let (query, Ranking { places, others }) = {
        let index = read(index);
        let query = Query::new(prefix, &index);
        let ranked = ranked(&index, &query);
        (query, ranked)
    };
    if query.lines.iter().all(|line| !line.line.is_telling()) {
        return Err(NoPlace::TooCommon);
    }
    let mut candidates = candidates(&query, &places, read_file);
    candidates.retain(Candidate::is_sure);
    candidates.sort_by(|a, b| b.alignment.score.total_cmp(&a.alignment.score));
    let best = candidates.first().ok_or(NoPlace::NotFound)?.alignment.score;
    candidates.retain(|candidate| candidate.alignment.score >= best - EQUAL);
    let meant = meant(candidates, title);
    let n_named_of_meant = n_named(&meant[0].path, title);
    let is_as_good = |other: &&Ranked| {
        other.score >= best - EQUAL
            && is_as_new(other.stamp, &meant[0])
            && n_named(&other.path, title) >= n_named_of_meant
    };
    Ok(place_of(&query, &meant, others.iter().filter(is_as_good).count()))
}

/// The places whose files can still be read; each file is read once.
fn candidates(
    query: &Query<'_>,
    ranked: &[Ranked],
    read: impl Fn(&Path) -> Option<SourceFile>,
) -> Vec<Candidate> {
    let mut files: HashMap<&Path, Option<Rc<SourceFile>>> = HashMap::new();
    let mut candidates = Vec::new();
    for place in ranked {
        let read = || read(&place.path).map(Rc::new);
        if let Some(source) = files.entry(&place.path).or_insert_with(read) {
            candidates.push(Candidate::new(place, Rc::clone(source), query));
        }
    }
    candidates
}

/// Of equal places those that may be meant: in the file that the title names, else the last changed one's,
/// else all.
fn meant(mut candidates: Vec<Candidate>, title: &str) -> Vec<Candidate> {
    let n_named = |candidate: &Candidate| n_named(&candidate.path, title);
    let most = candidates.iter().map(n_named).max();
    candidates.retain(|candidate| Some(n_named(candidate)) == most);
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.modified()));
    candidates.dedup_by(|a, b| a.path == b.path && a.alignment.pairs == b.alignment.pairs);
    let stamps: Vec<Stamp> = candidates.iter().map(|candidate| candidate.source.stamp).collect();
    let n = stamps.iter().take_while(|stamp| is_as_new(**stamp, &candidates[0])).count();
    candidates.truncate(n);
    candidates
}

/// Whether a file may have been changed together with that of the newest place.
fn is_as_new(stamp: Stamp, newest: &Candidate) -> bool {
    newest.modified().duration_since(stamp.modified).is_ok_and(|older| older < LATER)
}

/// The place, with the code around it if it is the only one; `n_others` were not read.
fn place_of(query: &Query<'_>, candidates: &[Candidate], n_others: usize) -> Place {
    let Candidate { path, source, alignment, .. } = &candidates[0];
    let Surroundings { line, before, snippet, after, indentation, file } =
        Surroundings::new(&source.text, query, alignment);
    let place = Place {
        path: path.to_path_buf(),
        name: PathBuf::new(),
        line,
        before,
        snippet,
        after,
        file,
        n_equal: candidates.len() + n_others,
        indentation,
    };
    if place.is_ambiguous() { without_surroundings(place, query) } else { place }
}

/// An ambiguous place lends nothing but its language.
fn without_surroundings(place: Place, query: &Query<'_>) -> Place {
    let lines: Vec<_> = query.lines.iter().map(|line| line.whole).collect();
    Place {
        before: query.earlier.to_owned(),
        snippet: lines.join("\n"),
        after: String::new(),
        file: Default::default(),
        indentation: String::new(),
        ..place
    }
}
