//! Which parts of a text are strings and comments, in a language that is not known. It goes by
//! what most languages share. A mistake does little harm: these parts are only left as they are.

use std::iter::Peekable;
use std::ops::Range;
use std::vec;

/// What a [`Region`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cleaning) enum Kind {
    String,
    Comment,
}

/// A string or a comment, without what delimits it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cleaning) struct Region {
    pub(in crate::cleaning) kind: Kind,
    pub(in crate::cleaning) range: Range<usize>,
    /// Whether its closing delimiter was found.
    pub(in crate::cleaning) is_closed: bool,
}

/// The strings and comments of a text, asked about places in ascending order.
pub(in crate::cleaning) struct Spared(Peekable<vec::IntoIter<Region>>);

impl Spared {
    pub(in crate::cleaning) fn of(text: &str) -> Self {
        Self(regions(text).into_iter().peekable())
    }

    /// Whether the byte at `at` is in a string or comment; `at` must not be before the last one.
    pub(in crate::cleaning) fn contains(&mut self, at: usize) -> bool {
        while self.0.next_if(|region| region.range.end <= at).is_some() {}
        self.0.peek().is_some_and(|region| region.range.contains(&at))
    }
}

/// Characters that open a string, and those that may close it: a word processor turns either
/// quote into any of its own.
const QUOTES: [(&str, &str); 5] =
    [("\"", "\""), ("“”„‟″＂", "”“‟″＂\""), ("`", "`"), ("'", "'"), ("‘’‚‛′＇", "’‘‛′＇'")];

/// From here on, [`QUOTES`] may be an apostrophe or the mark of a lifetime.
const SINGLE: usize = 3;

/// Comments and strings of several lines, and what closes them.
const BLOCKS: [(&str, &str, Kind); 5] = [
    ("\"\"\"", "\"\"\"", Kind::String),
    ("'''", "'''", Kind::String),
    ("“““", "”””", Kind::String),
    ("/*", "*/", Kind::Comment),
    ("<!--", "-->", Kind::Comment),
];

/// The strings and comments of `text`, in order.
pub(in crate::cleaning) fn regions(text: &str) -> Vec<Region> {
    let (regions, unclosed) = (Vec::new(), [0; QUOTES.len()]);
    let mut scanner = Scanner { text, regions, unclosed, line: 0..0 };
    let mut at = 0;
    while let Some(found) = text[at..].find(may_open) {
        at = scanner.read(at + found);
    }
    scanner.regions
}

fn may_open(character: char) -> bool {
    match character {
        '"' | '\'' | '`' | '/' | '#' | '-' | '<' => true,
        ' '..='~' | '\n' | '\t' => false,
        _ => QUOTES.iter().any(|(open, _)| open.contains(character)),
    }
}

struct Scanner<'a> {
    text: &'a str,
    regions: Vec<Region>,
    /// Up to where each of [`QUOTES`] is known not to be closed, so that no line is searched twice.
    unclosed: [usize; QUOTES.len()],
    /// A part of the text without a line end, up to one: the end of a long line is looked for once.
    line: Range<usize>,
}

impl Scanner<'_> {
    /// Reads what may begin at `at`, and returns where to go on.
    fn read(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let block = BLOCKS.iter().find(|(open, ..)| rest.starts_with(open));
        if let Some(&(open, close, kind)) = block.filter(|(open, ..)| self.opens_block(at, open)) {
            let start = at + open.len();
            let end = self.text[start..].find(close).map(|length| start + length);
            return self.push(kind, start, end, self.text.len(), close.len());
        }
        if opens_line_comment(&self.text[..at], rest) {
            let line_end = self.line_end(at);
            return self.push(Kind::Comment, at, None, line_end, 0);
        }
        let character = rest.chars().next().unwrap_or_default();
        let start = at + character.len_utf8();
        let quote = QUOTES.iter().position(|(open, _)| open.contains(character));
        quote.map_or(start, |quote| self.read_string(quote, at, start))
    }

    fn read_string(&mut self, quote: usize, at: usize, start: usize) -> usize {
        if quote >= SINGLE && is_apostrophe(self.text, at, start) {
            return start;
        }
        let line_end = self.line_end(start);
        let closing =
            if start < self.unclosed[quote] { None } else { self.closing(quote, start, line_end) };
        match closing {
            Some((end, length)) => self.push(Kind::String, start, Some(end), line_end, length),
            None if quote < SINGLE || line_end == self.text.len() => {
                self.push(Kind::String, start, None, line_end, 0)
            }
            None => {
                self.unclosed[quote] = line_end;
                start
            }
        }
    }

    /// Where the string that begins at `start` is closed, and how long what closes it is.
    fn closing(&self, quote: usize, start: usize, line_end: usize) -> Option<(usize, usize)> {
        let mut escaped = false;
        for (offset, character) in self.text[start..line_end].char_indices() {
            let at = start + offset;
            let closes = !escaped && QUOTES[quote].1.contains(character);
            if closes
                && (quote <= SINGLE || !is_apostrophe(self.text, at, at + character.len_utf8()))
            {
                return Some((at, character.len_utf8()));
            }
            escaped = character == '\\' && !escaped;
        }
        None
    }

    /// A glob like `src/*` opens no comment.
    fn opens_block(&self, at: usize, open: &str) -> bool {
        let before = self.text[..at].chars().next_back();
        open != "/*" || before.is_none_or(|c| c.is_whitespace() || ";{}(),".contains(c))
    }

    fn push(
        &mut self,
        kind: Kind,
        start: usize,
        end: Option<usize>,
        limit: usize,
        closing: usize,
    ) -> usize {
        let range = start..end.unwrap_or(limit);
        let next = range.end + if end.is_some() { closing } else { 0 };
        self.regions.push(Region { kind, range, is_closed: end.is_some() });
        next
    }

    fn line_end(&mut self, from: usize) -> usize {
        if !self.line.contains(&from) {
            let length = self.text[from..].find('\n');
            self.line = from..length.map_or(self.text.len(), |length| from + length);
        }
        self.line.end
    }
}

/// Whether a comment up to the end of the line begins here. A `#` without a blank may be a
/// preprocessor's or a colour, a `--` without blanks may be an option or a decrement.
fn opens_line_comment(before: &str, rest: &str) -> bool {
    let previous = before.chars().next_back();
    let apart = previous.is_none_or(char::is_whitespace);
    let followed_by = |mark: &str, then: &[char]| {
        rest.strip_prefix(mark).is_some_and(|after| after.is_empty() || after.starts_with(then))
    };
    rest.starts_with("//") && previous != Some(':')
        || apart && followed_by("#", &[' ', '#', '!', '\n', '\t'])
        || apart && followed_by("--", &[' ', '\n', '-'])
}

/// Whether a single quote stands within a word, as in `don't`, and not after the prefix of a
/// string, as in `rb'…'`.
fn is_apostrophe(text: &str, at: usize, end: usize) -> bool {
    let before = &text[..at];
    let prefix = before.trim_end_matches(|c: char| "fFbBrRuUL".contains(c));
    let has_prefix = before.len() - prefix.len() <= 2
        && !prefix.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    !has_prefix
        && before.ends_with(char::is_alphanumeric)
        && text[end..].starts_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_found() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<_> =
                regions(text).into_iter().map(|region| &text[region.range]).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("f(\"a\", 'b') # c", &["a", "b", "# c"]);
        check("f(“a”, ‘b’, „c“)", &["a", "b", "c"]);
        check("x = “it’s ‘so’”", &["it’s ‘so’"]);
        check("x = ‘it’s’ + y", &["it’s"]);
        check("“““a\nb””” + c", &["a\nb"]);
        check("\"a\\\"b\" 'c", &["a\\\"b", "c"]);
        check("// it’s\nx /* a\nb */ y", &["// it’s", " a\nb "]);
        check(
            "http://x src/* #include #fff --verbose i--",
            &["//x src/* #include #fff --verbose i--"][..0],
        );
        check("-- a “b”\nSELECT ‘c’", &["-- a “b”", "c"]);
        check("<!-- a --><b", &[" a "]);
        check("don't x, can't", &[]);
        check("fn f<'a>(\nx", &[]);
        check("f'a' rb'b'", &["a", "b"]);
        check("print(\"open ", &["open "]);
    }
}
