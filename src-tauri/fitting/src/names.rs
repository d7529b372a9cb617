//! The names in a text.

use std::collections::HashMap;

use crate::place::is_name;

/// A name's place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    /// How often it occurs.
    pub(crate) count: usize,
    /// Bytes between the nearest use and the cursor.
    pub(crate) distance: usize,
}

/// The names of `text`, with the offsets at which they begin.
pub(crate) fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let skipped = rest.len() - rest.trim_start_matches(|c| !is_name(c)).len();
            let word = &rest[skipped..];
            let length = word.len() - word.trim_start_matches(is_name).len();
            let start = at + skipped;
            at = start + length;
            if word.starts_with(|c: char| !c.is_ascii_digit()) && length > 0 {
                return Some((start, &word[..length]));
            }
            if length == 0 {
                return None;
            }
        }
    })
}

/// The names of the texts before and after a cursor that begin with `beginning` and are longer.
pub(crate) fn longer_names<'a>(
    before: &'a str,
    after: &'a str,
    beginning: &str,
) -> HashMap<&'a str, Use> {
    let mut found: HashMap<&str, Use> = HashMap::new();
    let before = names(before).map(|(at, name)| (before.len() - at, name));
    for (distance, name) in before.chain(names(after)) {
        if name.len() > beginning.len() && name.starts_with(beginning) {
            let uses = found.entry(name).or_insert(Use { count: 0, distance });
            uses.count += 1;
            uses.distance = uses.distance.min(distance);
        }
    }
    found
}
