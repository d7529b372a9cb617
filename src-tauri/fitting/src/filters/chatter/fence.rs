//! The markdown fence that an instruct model puts around its code, and the prose before it.

use crate::lines::numbered;
use crate::place::Place;

/// The beginnings of lines in which a model talks to its user.
const PROSE: [&str; 14] = [
    "Here is ",
    "Here's ",
    "Here are ",
    "Sure",
    "Certainly",
    "Of course",
    "The completed ",
    "The completion ",
    "To complete ",
    "I'm sorry",
    "I am sorry",
    "Sorry, ",
    "As an AI",
    "I cannot ",
];

/// The code inside the first fence; what comes before a fence that only closes. Snippets that have
/// fences themselves may go on with one.
pub(super) fn code_of<'a>(place: &Place<'_>, text: &'a str) -> &'a str {
    if !text.contains("```") || place.contains("```") {
        return text;
    }
    let mut fences = numbered(text).filter(|(_, line)| line.trim_start().starts_with("```"));
    let Some((start, line)) = fences.next() else { return text };
    let inside = start + line.len() + 1;
    let opens = line.trim() != "```" || text[..start].trim().is_empty() || is_prose(text);
    if !opens {
        return text[..start].trim_end_matches('\n');
    }
    let end = fences.next().map_or(text.len(), |(end, _)| end);
    text.get(inside..end).unwrap_or_default().trim_end_matches('\n')
}

/// `text` without lines of prose at its start.
pub(super) fn without_prose<'a>(place: &Place<'_>, text: &'a str) -> &'a str {
    let is_code_line = !place.line_before().trim().is_empty() || place.contains("\"\"\"");
    if is_code_line || !is_prose(text) {
        return text;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    if line.trim_end().ends_with([':', '.', '!']) { rest.trim_start_matches('\n') } else { text }
}

/// Whether `text` begins with a line in which a model talks to its user.
fn is_prose(text: &str) -> bool {
    let text = text.trim_start();
    PROSE.iter().any(|beginning| text.starts_with(beginning))
}
