//! Finishes a name that is half written at the cursor as a name of the snippet goes on, where the
//! model leads it to a name that nothing else has: `connection = connect()` and `connec` make `tion`.

use pounce_engine::nesting::{Nesting, is_name};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::names::{longer_names, names};
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "half-name",
    reason: RejectionReason::NameIsComplete,
    is_complete_if_empty: true,
    check,
};

/// Shorter beginnings fit too many names.
const MIN_BEGINNING: usize = 2;
/// Shorter beginnings may well be those of a name that is not there yet.
const MIN_OVERRULING: usize = 4;
/// Code that is looked at on each side of the cursor, in bytes.
const MAX_BEFORE: usize = 16 * 1024;
const MAX_AFTER: usize = 8 * 1024;
/// A use this many bytes away counts half as much as one at the cursor.
const HALF_DISTANCE: f64 = 1_000.0;

fn check(draft: &Draft<'_>) -> Verdict {
    match finish_name(draft.place, draft.text) {
        Some(finished) => Verdict::repair(draft.text, finished),
        None => Verdict::Keep,
    }
}

/// How the name at the cursor may go on, by the names in the snippet, the likeliest first. Empty if
/// no name is half written.
fn continuations<'a>(place: &Place<'a>) -> Vec<&'a str> {
    let word = place.word_before();
    let is_half =
        word.chars().count() >= MIN_BEGINNING && word.starts_with(|c: char| !c.is_numeric());
    if !is_half || place.is_inside_word() {
        return Vec::new();
    }
    let before = tail(&place.prefix[..place.prefix.len() - word.len()], MAX_BEFORE);
    let after = &place.suffix[..place.suffix.floor_char_boundary(MAX_AFTER)];
    // A name weighs as much as it is used, near uses counting more.
    let mut found: Vec<(f64, &str)> = longer_names(before, after, word)
        .into_iter()
        .map(|(name, uses)| (uses.count as f64 * nearness(uses.distance), name))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    found.into_iter().map(|(_, name)| &name[word.len()..]).collect()
}

/// The completion with the half-written name finished as a name of the snippet, where the model's
/// own way leads to a name that nothing else has; `None` if the model's own is as good.
///
/// A name that is just being defined, or imported, may well be new.
fn finish_name(place: &Place<'_>, completion: &str) -> Option<String> {
    let word = place.word_before();
    let is_long = word.chars().count() >= MIN_OVERRULING;
    if !is_long || is_definition(place) || is_in_text(place) || is_known(place, word) {
        return None;
    }
    let first = *continuations(place).first()?;
    let head = &completion[..completion.len() - completion.trim_start_matches(is_name).len()];
    let (written, rest) = (format!("{word}{head}"), &completion[head.len()..]);
    if is_used_so(place, &written, rest) {
        return None;
    }
    Some(format!("{first}{rest}"))
}

/// Whether the snippet has the name `name`, apart from the cursor's.
fn is_known(place: &Place<'_>, name: &str) -> bool {
    let before = &place.prefix[..place.prefix.len() - place.word_before().len()];
    names(tail(before, MAX_BEFORE)).chain(names(place.suffix)).any(|(_, known)| known == name)
}

/// Whether the snippet uses `name` in a way that `rest` can follow: what is called everywhere else
/// is a function, and has no members.
fn is_used_so(place: &Place<'_>, name: &str, rest: &str) -> bool {
    let before = &place.prefix[..place.prefix.len() - place.word_before().len()];
    let is_use = |text: &str| {
        names(text).any(|(at, known)| {
            let is_called = text[at + known.len()..].starts_with('(');
            known == name && (!is_called || !rest.starts_with('.'))
        })
    };
    is_use(tail(before, MAX_BEFORE)) || is_use(place.suffix)
}

/// Whether the word at the cursor is the name that its line defines or imports.
fn is_definition(place: &Place<'_>) -> bool {
    const WORDS: [&str; 20] = [
        "def",
        "class",
        "fn",
        "func",
        "function",
        "let",
        "const",
        "var",
        "mut",
        "struct",
        "enum",
        "trait",
        "type",
        "interface",
        "import",
        "from",
        "use",
        "include",
        "mod",
        "package",
    ];
    let line = place.line_before();
    let before = line[..line.len() - place.word_before().len()].trim_end();
    let word = before.rsplit(|c: char| !is_name(c)).next().unwrap_or_default();
    WORDS.contains(&word)
}

/// Whether the cursor is in a comment or a string, where words are not names.
fn is_in_text(place: &Place<'_>) -> bool {
    Nesting::after(place.line_before(), place.language).is_in_text()
}

/// 1 at the cursor, 1/2 at [`HALF_DISTANCE`], 1/3 at twice that.
fn nearness(distance: usize) -> f64 {
    HALF_DISTANCE / (HALF_DISTANCE + distance as f64)
}

fn tail(text: &str, n_bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(n_bytes))..]
}

#[cfg(test)]
mod tests;
