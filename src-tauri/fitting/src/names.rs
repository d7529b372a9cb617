//! The names in a text.

use std::collections::HashMap;

use pounce_engine::nesting::is_name;

/// A name's place among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    /// How often it occurs; where it is given a value counts twice.
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
    let uses = |text: &'a str| {
        names(text).map(move |(at, name)| (at, name, is_assigned(&text[at + name.len()..])))
    };
    let before_cursor = uses(before).map(|(at, name, is)| (before.len() - at, name, is));
    for (distance, name, is_assigned) in before_cursor.chain(uses(after)) {
        if name.len() > beginning.len() && name.starts_with(beginning) {
            let uses = found.entry(name).or_insert(Use { count: 0, distance });
            uses.count += 1 + usize::from(is_assigned);
            uses.distance = uses.distance.min(distance);
        }
    }
    found
}

/// Whether what follows a name gives it a value: `= 1`, `:= 1`, `: int`.
fn is_assigned(rest: &str) -> bool {
    let rest = rest.trim_start_matches(' ');
    rest.starts_with([':', '=']) && !rest.starts_with("==") && !rest.starts_with("::")
}
