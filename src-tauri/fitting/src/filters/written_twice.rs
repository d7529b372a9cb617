//! Text that the snippet has already and that cannot be there twice: an import, the head of a
//! function that was just finished, an entry of a dictionary, a field, a declaration.

mod entry;
mod siblings;

use pounce_engine::Language;
use pounce_engine::nesting::{Nesting, Open};

use entry::entry;
use siblings::{scope_above, scope_below, siblings};

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::definitions::definition;
use crate::lines::{code_lines, columns, numbered, same_code};
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "written-twice",
    reason: RejectionReason::WrittenTwice,
    is_complete_if_empty: false,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    if !place.rest_of_line().is_empty() {
        return Verdict::Keep;
    }
    let Some(line) = first_line(place, draft.text) else { return Verdict::Keep };
    if is_import_again(place, &line) || is_entry_again(place, draft.text, &line) {
        return Verdict::Reject(FILTER.reason);
    }
    Verdict::cut(draft.text, end_before_definition(place, draft.text))
}

/// The first line of code with the completion, as a whole line.
fn first_line(place: &Place<'_>, text: &str) -> Option<String> {
    let first = code_lines(text).next()?;
    let is_new_line = text.trim_start_matches([' ', '\t']).starts_with('\n');
    Some(if is_new_line { first.to_owned() } else { format!("{}{first}", place.line_before()) })
}

fn is_import_again(place: &Place<'_>, line: &str) -> bool {
    const WORDS: [&str; 7] =
        ["import ", "from ", "use ", "#include", "using ", "require", "@import"];
    let is_import = WORDS.iter().any(|word| line.trim_start().starts_with(word));
    let without_end = |line: &str| line.trim().trim_end_matches(';').to_owned();
    let mut others = code_lines(place.above()).chain(code_lines(place.below()));
    is_import && others.any(|other| same_code(&without_end(other), &without_end(line)))
}

fn is_entry_again(place: &Place<'_>, text: &str, line: &str) -> bool {
    let above = if text.trim_start_matches([' ', '\t']).starts_with('\n') {
        place.prefix
    } else {
        place.above()
    };
    let around = Nesting::near(place.above(), place.language);
    let is_in_bracket = matches!(around.open().last(), Some(Open::Bracket(_)));
    let entry = |line| entry(line, place.language, is_in_bracket);
    let Some(written) = entry(line) else { return false };
    siblings(above, place.below(), columns(line)).any(|other| entry(other) == Some(written))
}

/// Where the completion begins to define what its scope has already; its length if it does not.
fn end_before_definition(place: &Place<'_>, text: &str) -> usize {
    let mut before = place.line_before();
    for (offset, line) in numbered(text) {
        let whole = if offset == 0 { format!("{before}{line}") } else { line.to_owned() };
        let is_marked = code_lines(if offset == 0 { place.above() } else { before })
            .next_back()
            .is_some_and(|above| above.trim_start().starts_with(['@', '#']));
        if !is_marked && is_defined(place, &whole) {
            return text[..offset].trim_end().len();
        }
        if !line.trim().is_empty() {
            before = line;
        }
    }
    text.len()
}

/// Whether the scope of `line` has a definition of what it defines. Where functions can be
/// overloaded, only the same line is the same definition.
fn is_defined(place: &Place<'_>, line: &str) -> bool {
    use Language::{CSharp, Cpp, Java, Kotlin, Swift, TypeScript, Unknown};
    let Some(defined) = definition(line) else { return false };
    let is_head = |line: &str| line.trim_end().ends_with([':', '{']) || line.contains('(');
    let overloads =
        matches!(place.language, CSharp | Cpp | Java | Kotlin | Swift | TypeScript | Unknown);
    let depth = columns(line);
    let mut scope = scope_above(place.above(), depth).chain(scope_below(place.below(), depth));
    scope.any(|other| {
        let is_same =
            columns(other) == depth && is_head(other) && definition(other) == Some(defined);
        is_same && (!overloads || same_code(line, other))
    })
}
