//! [`Window`]: the code near the cursor, as much as can be parsed in the time there is.

use pounce_engine::Language;

use super::errors::n_errors;

/// Bytes before the cursor that are parsed.
const MAX_BEFORE: usize = 3 * 1024;
/// Bytes after it.
const MAX_AFTER: usize = 1024;

/// Whole lines around a cursor.
#[derive(Debug, Clone, Copy)]
pub struct Window<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Window<'a> {
    /// The lines near the cursor, from a line at the left margin on if there is one.
    pub fn around(prefix: &'a str, suffix: &'a str) -> Self {
        Self { before: last_lines(prefix), after: first_lines(suffix) }
    }

    /// The errors of the code before the cursor and `text`, with brackets closed at its end and
    /// nothing after it. `None` without a grammar, or if the parse took too long.
    pub fn n_errors_before(&self, text: &str, language: Language) -> Option<usize> {
        n_errors(&format!("{}{text}", self.before), language)
    }

    /// The errors of the code with `text` at the cursor.
    pub fn n_errors(&self, text: &str, language: Language) -> Option<usize> {
        n_errors(&format!("{}{text}{}", self.before, self.after), language)
    }

    /// Whether there is code after the cursor.
    pub fn has_code_after(&self) -> bool {
        !self.after.trim().is_empty()
    }
}

/// The last lines of `text` within the bound; the first of them is not indented, if one is not.
fn last_lines(text: &str) -> &str {
    let Some(start) = text.len().checked_sub(MAX_BEFORE) else { return text };
    let start = text.ceil_char_boundary(start);
    let is_margin = |at: usize| {
        text[at..].starts_with(|c: char| !c.is_whitespace() && !matches!(c, '}' | ')' | ']'))
    };
    let starts = || text[start..].match_indices('\n').map(|(at, _)| start + at + 1);
    let first = starts().find(|at| is_margin(*at)).or_else(|| starts().next());
    first.map_or(&text[start..], |at| &text[at..])
}

/// The first lines of `text` within the bound.
fn first_lines(text: &str) -> &str {
    if text.len() <= MAX_AFTER {
        return text;
    }
    let bound = &text[..text.floor_char_boundary(MAX_AFTER)];
    bound.rfind('\n').map_or("", |end| &bound[..end])
}
