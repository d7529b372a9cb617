//! [`Query`]: the last lines of a snippet, each with its weight.

use crate::index::{FileId, Line, LineHash, LineIndex};

/// The most lines that are looked for. More make a place no surer.
const MAX_LINES: usize = 32;
/// A line that stands in more places says nothing.
const MAX_PLACES: usize = 1_024;
/// Weight of a line that tells nothing by itself, such as `}`: it decides between equal places.
const COMMON_WEIGHT: f32 = 0.5;
/// Weight of a blank line.
const BLANK_WEIGHT: f32 = 0.1;

/// A line that is looked for.
#[derive(Debug)]
pub(super) struct QueryLine<'a> {
    pub(super) line: Line<'a>,
    /// The line as it is in the snippet, with its indentation.
    pub(super) whole: &'a str,
    /// Where it stands, as file and line; none if it stands in too many places.
    pub(super) places: Vec<(FileId, u32)>,
    /// What finding it is worth: its letters and digits, less the more places it stands in.
    pub(super) weight: f32,
}

/// The last lines of a snippet; the last one is the cursor's.
#[derive(Debug)]
pub(super) struct Query<'a> {
    pub(super) lines: Vec<QueryLine<'a>>,
    /// The lines before them.
    pub(super) earlier: &'a str,
}

impl<'a> Query<'a> {
    /// The last lines of the code before a cursor.
    pub(super) fn new(prefix: &'a str, index: &LineIndex) -> Self {
        let start = prefix.rmatch_indices('\n').nth(MAX_LINES - 1).map_or(0, |(at, _)| at + 1);
        let (earlier, last) = prefix.split_at(start);
        let lines = last.split('\n').map(|whole| QueryLine::new(whole, index)).collect();
        Self { lines, earlier }
    }

    /// The number of the cursor's line.
    pub(super) fn last(&self) -> usize {
        self.lines.len() - 1
    }
}

impl<'a> QueryLine<'a> {
    fn new(whole: &'a str, index: &LineIndex) -> Self {
        let line = Line::new(whole);
        let mut places = Vec::new();
        if line.is_telling() {
            let found = index.places_of(line.hash).take(MAX_PLACES + 1);
            places.extend(found.map(|posting| (posting.file, posting.line)));
        }
        let weight = weight_of(&line, places.len());
        if places.len() > MAX_PLACES {
            places.clear();
        }
        Self { line, whole, places, weight }
    }
}

fn weight_of(line: &Line<'_>, n_places: usize) -> f32 {
    if line.hash == LineHash::BLANK {
        return BLANK_WEIGHT;
    }
    let commonness = (n_places.max(1) as f32).log2() / (MAX_PLACES as f32).log2();
    (line.n_letters as f32 * (1.0 - commonness)).max(COMMON_WEIGHT)
}
