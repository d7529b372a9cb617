//! [`Surroundings`]: the code of a file around a snippet that stands in it.
//!
//! What stands in the file where the snippet ends may be old text that is being written again: the
//! rest of a line of which the snippet has the beginning, or a line like the unsaved one. It is left
//! out. Closing brackets and quotation marks stay, since an editor writes them before the user does.

use std::ops::Range;

use super::alignment::Alignment;
use super::candidate::is_begun;
use super::query::Query;

/// The most code that is lent, in bytes: what the filters can parse in their time, and more than small
/// models read.
const MAX_BEFORE: usize = 4 * 1024;
const MAX_AFTER: usize = 2 * 1024;
/// The most code of the file that tells its habits, in bytes: a few milliseconds of a tokenizer.
const MAX_FILE_BEFORE: usize = 32 * 1024;
const MAX_FILE_AFTER: usize = 16 * 1024;

/// The code of a file around a snippet.
#[derive(Debug, PartialEq)]
pub(super) struct Surroundings {
    /// The line on which the snippet ends, or before which it belongs.
    pub(super) line: usize,
    /// Whole lines before the snippet.
    pub(super) before: String,
    /// The snippet, indented as in the file.
    pub(super) snippet: String,
    /// From the end of the snippet's last line on.
    pub(super) after: String,
    /// What stands before each line of the snippet in the file and not in the snippet.
    pub(super) indentation: String,
    /// More of the file: up to the cursor, and from it on.
    pub(super) file: [String; 2],
}

impl Surroundings {
    /// Cuts a file around the snippet that is aligned with it.
    pub(super) fn new(file: &str, query: &Query<'_>, alignment: &Alignment) -> Self {
        let lines: Vec<&str> = file.lines().collect();
        let indentation = indentation(&lines, query, alignment);
        let taken = taken(&lines, query, alignment);
        let is_rewritten = taken.line < taken.lines.end;
        let old = if is_rewritten { lines[taken.line] } else { "" };
        let rest = rest_to_keep(query.lines[query.last()].line.text, old.trim());
        let snippet = indented(query, &lines, alignment, &indentation);
        let earlier = query.earlier.split_inclusive('\n').map(|line| indent(line, &indentation));
        let before = if query.earlier.is_empty() {
            last_lines(&lines[..taken.lines.start], MAX_BEFORE)
        } else {
            earlier.collect()
        };
        let below =
            |max_bytes| rest.to_owned() + &first_lines(&lines[taken.lines.end..], max_bytes);
        let above = last_lines(&lines[..taken.lines.start], MAX_FILE_BEFORE);
        let file = [above + &snippet, below(MAX_FILE_AFTER)];
        let after = below(MAX_AFTER);
        Self { line: taken.line, before, snippet, after, indentation, file }
    }
}

/// The lines of a file in whose place the snippet stands.
struct Taken {
    lines: Range<usize>,
    /// The line of the cursor, or the end of `lines` if the file does not have it.
    line: usize,
}

fn taken(lines: &[&str], query: &Query<'_>, alignment: &Alignment) -> Taken {
    let (Some(first), Some(last)) = (alignment.pairs.first(), alignment.pairs.last()) else {
        return Taken { lines: 0..0, line: 0 };
    };
    let mut start = first.1;
    for i in (0..first.0).rev() {
        let is_old = start > 0 && is_like(query.lines[i].line.text, lines[start - 1].trim());
        start -= usize::from(is_old);
    }
    let (mut end, mut line) = (last.1 + 1, last.1);
    for i in last.0 + 1..query.lines.len() {
        let is_old = end < lines.len() && is_like(query.lines[i].line.text, lines[end].trim());
        line = end;
        end += usize::from(is_old);
    }
    Taken { lines: start..end, line }
}

/// Whether a line of the snippet is likely another version of a line of the file: half of it stands at
/// the beginning.
fn is_like(line: &str, in_file: &str) -> bool {
    const MIN_SHARED: usize = 3;
    if line.is_empty() || in_file.is_empty() {
        return line.is_empty() && in_file.is_empty();
    }
    let shared = line.bytes().zip(in_file.bytes()).take_while(|(a, b)| a == b).count();
    is_begun(line, in_file) || shared >= MIN_SHARED && 2 * shared >= line.len()
}

/// What an editor has written behind the cursor: closing brackets and quotation marks. Anything else is
/// old text.
fn rest_to_keep<'a>(written: &str, old: &'a str) -> &'a str {
    let is_closing =
        |c: char| matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ';' | ',' | ':');
    let rest = old.strip_prefix(written).unwrap_or_default();
    if rest.chars().all(is_closing) { rest } else { "" }
}

/// What stands in the file before a line of the snippet that the snippet lacks; the first line may be
/// cut, so that the others count more.
fn indentation(lines: &[&str], query: &Query<'_>, alignment: &Alignment) -> String {
    let lacking = |(i, j): &(usize, usize)| {
        let (own, in_file) = (indentation_of(query.lines[*i].whole), indentation_of(lines[*j]));
        in_file.strip_suffix(own)
    };
    let filled = alignment.pairs.iter().rev().filter(|(i, _)| query.lines[*i].line.n_letters > 0);
    let found = filled.clone().filter(|(i, _)| *i > 0).find_map(lacking);
    found.or_else(|| filled.clone().find_map(lacking)).unwrap_or_default().to_owned()
}

fn indentation_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The snippet with the indentation of the file. A first line that is cut is written as a whole.
fn indented(query: &Query<'_>, lines: &[&str], alignment: &Alignment, indentation: &str) -> String {
    let whole = |(i, line): (usize, &super::query::QueryLine<'_>)| {
        let first = alignment.pairs.first().filter(|(at, _)| i == 0 && *at == 0);
        match first.map(|(_, j)| lines[*j]) {
            // The only line may be unfinished: then what stands there goes on.
            Some(in_file) if in_file.trim_end().ends_with(line.line.text) => {
                let missing = in_file.trim_end().len() - line.line.text.len();
                let blanks = &line.whole[line.whole.trim_end().len()..];
                [&in_file[..missing], line.line.text, blanks].concat()
            }
            // The cursor may stand in a line that is blank so far.
            _ if line.line.text.is_empty() && i < query.last() => line.whole.to_owned(),
            _ => [indentation, line.whole].concat(),
        }
    };
    let lines: Vec<String> = query.lines.iter().enumerate().map(whole).collect();
    lines.join("\n")
}

/// A line with its line end, with more indentation unless it is blank.
fn indent(line: &str, indentation: &str) -> String {
    if line == "\n" { line.to_owned() } else { [indentation, line].concat() }
}

/// The last of these lines, each with its line end, at most `max_bytes`.
fn last_lines(lines: &[&str], max_bytes: usize) -> String {
    let mut n_bytes = 0;
    let fits = |line: &&&str| {
        n_bytes += line.len() + 1;
        n_bytes <= max_bytes
    };
    let n = lines.iter().rev().take_while(fits).count();
    lines[lines.len() - n..].iter().flat_map(|line| [*line, "\n"]).collect()
}

/// The first of these lines, each after its line end, at most `max_bytes`.
fn first_lines(lines: &[&str], max_bytes: usize) -> String {
    let mut n_bytes = 0;
    let fits = |line: &&&str| {
        n_bytes += line.len() + 1;
        n_bytes <= max_bytes
    };
    lines.iter().take_while(fits).flat_map(|line| ["\n", *line]).collect()
}
