//! Indents a completion as the snippet is: with tabs or with blanks, and at the cursor's place.

use pounce_engine::Language;

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;
use crate::indentation::Style;
use crate::lines::{blanks_of, code_lines, columns, is_closer};
use crate::place::Place;

pub(super) const FILTER: Filter = Filter {
    name: "indentation",
    reason: RejectionReason::OnlyIndentation,
    is_complete_if_empty: false,
    check,
};

fn check(draft: &Draft<'_>) -> Verdict {
    let place = draft.place;
    let style = Style::of(place.prefix, place.suffix);
    let dressed = style.map(|style| style.dress(draft.text, is_at_margin(place)));
    let text = at_cursor(place, dressed.as_deref().unwrap_or(draft.text), style);
    Verdict::repair(draft.text, below_header(place, &text, style))
}

/// Whether the completion's first line begins a line.
fn is_at_margin(place: &Place<'_>) -> bool {
    place.line_before().is_empty()
}

/// Where the cursor's line is indented already, the completion begins with code; a model that
/// indents once more is right only if its line then stands where the next line belongs.
fn at_cursor(place: &Place<'_>, text: &str, style: Option<Style>) -> String {
    let line = place.line_before();
    let is_indented = !line.is_empty() && line.trim().is_empty();
    let blanks = blanks_of(text);
    if !is_indented || blanks.is_empty() || text[blanks.len()..].starts_with('\n') {
        return text.to_owned();
    }
    let found = columns(line) + columns(blanks);
    let is_right = match wanted_columns(place, style) {
        Some(wanted) => found == wanted,
        None => goes_on_at(place, found),
    };
    if is_right { text.to_owned() } else { text[blanks.len()..].to_owned() }
}

/// Whether a line indented by this many columns can stand between the lines of code above and
/// below: as deep as one of them, or deeper than a line that leaves something open.
fn goes_on_at(place: &Place<'_>, found: usize) -> bool {
    let above = code_lines(place.above()).next_back().unwrap_or_default();
    let below = code_lines(place.below()).next().unwrap_or_default();
    let is_open = above.trim_end().ends_with(['(', '[', '{', ',', ':', '=']);
    [above, below].iter().any(|line| !line.is_empty() && columns(line) == found)
        || is_open && found > columns(above)
}

/// Moves a completion that begins below the header of a block to where the block's lines belong.
fn below_header(place: &Place<'_>, text: &str, style: Option<Style>) -> String {
    let begins_line = is_at_margin(place) || text.trim_start_matches([' ', '\t']).starts_with('\n');
    let Some(first) = code_lines(text).next().filter(|line| begins_line && !is_closer(line)) else {
        return text.to_owned();
    };
    let closes = first.trim_start().starts_with(['}', ')', ']', '#']);
    let Some(wanted) = wanted_columns(place, style).filter(|_| !closes) else {
        return text.to_owned();
    };
    let found = columns(first);
    if found == wanted { text.to_owned() } else { moved(text, found, wanted, style) }
}

/// Whether the last line of code above the cursor opens a block, whose first line is missing.
pub(super) fn opens_block(place: &Place<'_>) -> bool {
    wanted_columns(place, None).is_some()
}

/// The columns of the lines in the block that the last line of code above the cursor opens.
fn wanted_columns(place: &Place<'_>, style: Option<Style>) -> Option<usize> {
    let above = place.above_completion();
    let header = code_lines(above).next_back()?;
    let is_header = match place.language {
        Language::Python => is_python_header(header),
        Language::Yaml | Language::Html | Language::Sql | Language::Unknown => false,
        _ => is_brace_header(header),
    };
    is_header.then(|| columns(header) + style.map_or(4, Style::unit))
}

fn is_python_header(line: &str) -> bool {
    const WORDS: [&str; 14] = [
        "def", "class", "if", "elif", "else", "for", "while", "with", "try", "except", "finally",
        "async", "match", "case",
    ];
    let word = line.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    WORDS.contains(&word) && line.trim_end().ends_with(':')
}

/// Whether `line` opens a block with a brace. Some blocks are not indented everywhere, and the last
/// line of a head that is broken over several is indented in its own way.
fn is_brace_header(line: &str) -> bool {
    let is_whole = line.matches(')').count() <= line.matches('(').count();
    let word = line.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_flat = matches!(word, "switch" | "select" | "namespace" | "extern" | "mod");
    line.trim_end().ends_with('{') && is_whole && !is_flat
}

/// Indents every line by as much more or less as takes the first from `found` to `wanted` columns.
fn moved(text: &str, found: usize, wanted: usize, style: Option<Style>) -> String {
    let style = style.unwrap_or_default();
    let lines = text.split('\n').map(|line| {
        if line.trim().is_empty() {
            return line.to_owned();
        }
        let target = (columns(line) + wanted).saturating_sub(found);
        format!("{}{}", style.blanks(target), line.trim_start_matches([' ', '\t']))
    });
    lines.collect::<Vec<_>>().join("\n")
}
