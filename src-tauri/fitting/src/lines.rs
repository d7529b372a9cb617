//! Lines and their indentation, as the filters compare them.

/// A tab counts as this many columns, as in the embedded model's training.
const TAB_WIDTH: usize = 4;

/// The columns of white space at the start of `line`.
pub(crate) fn columns(line: &str) -> usize {
    blanks_of(line).chars().map(|c| if c == '\t' { TAB_WIDTH } else { 1 }).sum()
}

/// The blanks and tabs at the start of `line`.
pub(crate) fn blanks_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Everything after the last line end of `text`.
pub(crate) fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or(text)
}

/// The lines of `text` that hold more than white space.
pub(crate) fn code_lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split('\n').filter(|line| !line.trim().is_empty())
}

/// The lines of `text` with the byte offset at which each begins.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let offset = start;
        start += line.len();
        (offset, line.trim_end_matches('\n'))
    })
}

/// Whether two lines are the same code: white space does not count.
pub(crate) fn same_code(a: &str, b: &str) -> bool {
    let without = |line: &str| line.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    a.trim() == b.trim() || without(a) == without(b)
}

/// How many letters and digits `line` has: what tells one line from another.
pub(crate) fn n_letters(line: &str) -> usize {
    line.chars().filter(|c| c.is_alphanumeric()).count()
}

/// Whether `line` only closes what was opened above it: brackets, an end tag, `end`, `fi`.
pub(crate) fn is_closer(line: &str) -> bool {
    let line = line.trim();
    let is_word = |word: &str| matches!(word, "end" | "fi" | "done" | "esac" | "endif" | "EOF");
    let is_brackets = !line.is_empty() && line.chars().all(|c| ")]};,>".contains(c));
    let is_tag = line.starts_with("</") && line.ends_with('>') && line.matches('<').count() == 1;
    is_brackets || is_tag || is_word(line.trim_end_matches([';', ',']))
}
