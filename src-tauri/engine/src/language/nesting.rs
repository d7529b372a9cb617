//! [`Nesting`]: which brackets and quotes are open at a point of a text.
//!
//! A scanner of characters, not a parser: it knows comments, strings and code inside of strings, as
//! far as most languages agree on them. A one-line string ends with its line in any case, so that
//! one stray quote does not affect the rest.

use super::languages::Language;

/// Brackets that one closing bracket may close at most, so that hostile text takes linear time.
const MAX_CLOSED: usize = 100;
/// Bytes that [`Nesting::near`] reads.
const MAX_NEAR: usize = 4 * 1024;

/// Something that was opened and has to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// A bracket, by the character that closes it.
    Bracket(char),
    /// A string, by the mark that opens and closes it.
    Quote(&'static str),
    /// A comment to the end of the line.
    LineComment,
    /// A comment to its mark.
    BlockComment,
}

impl Open {
    /// What closes it, as text; `None` for comments.
    pub(crate) fn closer(self) -> Option<String> {
        match self {
            Self::Bracket(closer) => Some(closer.to_string()),
            Self::Quote(mark) => Some(mark.to_owned()),
            Self::LineComment | Self::BlockComment => None,
        }
    }
}

/// What a step of the scanner met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing that opens or closes.
    None,
    /// Something was opened.
    Opened,
    /// The innermost was closed; `n_skipped` inner ones were left open before it.
    Closed {
        /// How many brackets should have been closed first.
        n_skipped: usize,
    },
    /// A closing bracket that nothing open belongs to.
    Stray(char),
}

/// Brackets and quotes that are open, the outermost first.
#[derive(Debug, Clone)]
pub struct Nesting {
    language: Language,
    open: Vec<Open>,
    /// The character before the next step.
    previous: char,
}

impl Nesting {
    /// Nothing is open.
    pub fn new(language: Language) -> Self {
        Self { language, open: Vec::new(), previous: '\n' }
    }

    /// What is open after `text`.
    pub fn after(text: &str, language: Language) -> Self {
        let mut nesting = Self::new(language);
        nesting.read(text);
        nesting
    }

    /// What is open after the last lines of `text`: what is open there is seldom farther away.
    pub fn near(text: &str, language: Language) -> Self {
        let start = text.ceil_char_boundary(text.len().saturating_sub(MAX_NEAR));
        let line = if start == 0 { Some(0) } else { text[start..].find('\n') };
        Self::after(&text[line.map_or(text.len(), |line| start + line)..], language)
    }

    /// What is open, the outermost first.
    pub fn open(&self) -> &[Open] {
        &self.open
    }

    /// How much is open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the text goes on inside of a string.
    pub fn is_in_string(&self) -> bool {
        matches!(self.open.last(), Some(Open::Quote(_)))
    }

    /// Whether the text goes on inside of a string or comment, where quotes and brackets are text.
    pub fn is_in_text(&self) -> bool {
        !matches!(self.open.last(), None | Some(Open::Bracket(_)))
    }

    /// Takes the innermost out, as if it had been closed.
    pub fn pop(&mut self) {
        self.open.pop();
    }

    /// Reads all of `text`.
    pub fn read(&mut self, text: &str) {
        let mut at = 0;
        while at < text.len() {
            at += self.step(&text[at..]).0;
        }
    }

    /// Reads the first token of `rest`, which must not be empty. Returns its length in bytes, and
    /// what it opened or closed.
    pub fn step(&mut self, rest: &str) -> (usize, Change) {
        let Some(c) = rest.chars().next() else { return (0, Change::None) };
        let (length, change) = match self.open.last() {
            Some(Open::LineComment) => self.in_line_comment(c),
            Some(Open::BlockComment) => self.in_block_comment(rest, c),
            Some(Open::Quote(mark)) => self.in_quote(rest, c, mark),
            Some(Open::Bracket(_)) | None => self.in_code(rest, c),
        };
        self.previous = rest[..length].chars().next_back().unwrap_or(c);
        (length, change)
    }

    fn in_line_comment(&mut self, c: char) -> (usize, Change) {
        if c == '\n' {
            self.open.pop();
        }
        (c.len_utf8(), Change::None)
    }

    fn in_block_comment(&mut self, rest: &str, c: char) -> (usize, Change) {
        let mark = if self.is_markup() { "-->" } else { "*/" };
        if rest.starts_with(mark) {
            self.open.pop();
            return (mark.len(), Change::Closed { n_skipped: 0 });
        }
        (c.len_utf8(), Change::None)
    }

    fn in_quote(&mut self, rest: &str, c: char, mark: &'static str) -> (usize, Change) {
        if rest.starts_with(mark) {
            self.open.pop();
            return (mark.len(), Change::Closed { n_skipped: 0 });
        }
        if c == '\\' && !(mark == "`" && self.language == Language::Go) {
            let escaped = rest.chars().nth(1).filter(|c| *c != '\n').map_or(0, char::len_utf8);
            return (1 + escaped, Change::None);
        }
        if c == '\n' && !is_multiline(mark) {
            self.open.pop();
            return (1, Change::None);
        }
        let inner = ["${", "#{"].into_iter().find(|inner| rest.starts_with(inner));
        match inner {
            Some(inner) if self.interpolates(mark, inner) => {
                self.open.push(Open::Bracket('}'));
                (inner.len(), Change::Opened)
            }
            _ => (c.len_utf8(), Change::None),
        }
    }

    fn in_code(&mut self, rest: &str, c: char) -> (usize, Change) {
        if let Some((length, open)) = self.opening(rest, c) {
            self.open.push(open);
            return (length, Change::Opened);
        }
        let change = match c {
            ')' | ']' | '}' => self.close(c),
            _ => Change::None,
        };
        let is_escape =
            c == '\\' && self.language == Language::Shell && !rest[1..].starts_with('\n');
        let escaped = if is_escape { rest.chars().nth(1).map_or(0, char::len_utf8) } else { 0 };
        (c.len_utf8() + escaped, change)
    }

    /// What `rest` opens, with the length of its mark.
    fn opening(&self, rest: &str, c: char) -> Option<(usize, Open)> {
        match c {
            '(' => Some((1, Open::Bracket(')'))),
            '[' => Some((1, Open::Bracket(']'))),
            '{' => Some((1, Open::Bracket('}'))),
            '"' | '\'' | '`' => self.quote(rest, c).map(|mark| (mark.len(), Open::Quote(mark))),
            _ => self.comment(rest, c),
        }
    }

    fn quote(&self, rest: &str, c: char) -> Option<&'static str> {
        use Language::{C, Cpp, Go, JavaScript, Rust, Shell, TypeScript};
        match c {
            '"' if rest.starts_with("\"\"\"") && !matches!(self.language, C | Cpp | Go) => {
                Some("\"\"\"")
            }
            '\'' if rest.starts_with("'''") && self.language == Language::Python => Some("'''"),
            '"' if self.is_markup() && self.previous != '=' => None,
            '"' => Some("\""),
            // An apostrophe in a word, a lifetime, and a quote that only markup's text has.
            '\'' if is_name(self.previous) && !self.is_string_prefix() => None,
            '\'' if self.is_markup() && self.previous != '=' => None,
            '\'' if self.language == Language::Rust && !is_char_literal(rest) => None,
            '\'' => Some("'"),
            '`' if matches!(self.language, JavaScript | TypeScript | Go | Shell) => Some("`"),
            '`' if self.language == Rust => None,
            _ => None,
        }
    }

    /// Whether a letter before a quote can belong to it: `f'…'`, `b'…'`, `L'…'`.
    fn is_string_prefix(&self) -> bool {
        use Language::{C, Cpp, Python, Rust};
        let is_prefix =
            matches!(self.previous, 'b' | 'B' | 'f' | 'F' | 'r' | 'R' | 'u' | 'U' | 'L');
        is_prefix && matches!(self.language, Python | C | Cpp | Rust)
    }

    fn comment(&self, rest: &str, c: char) -> Option<(usize, Open)> {
        use Language::{Html, Php, Python, Ruby, Shell, Sql, Toml, Yaml};
        let language = self.language;
        let has_hash = matches!(language, Python | Shell | Yaml | Toml | Ruby | Php);
        let has_slashes = !has_hash && !matches!(language, Sql | Html) || language == Php;
        match c {
            '#' if has_hash && !is_name(self.previous) && self.previous != '$' => {
                Some((1, Open::LineComment))
            }
            '/' if has_slashes && rest.starts_with("/*") => Some((2, Open::BlockComment)),
            '/' if has_slashes && rest.starts_with("//") && self.previous != ':' => {
                Some((2, Open::LineComment))
            }
            '-' if language == Sql && rest.starts_with("--") => Some((2, Open::LineComment)),
            '<' if self.is_markup() && rest.starts_with("<!--") => Some((4, Open::BlockComment)),
            _ => None,
        }
    }

    fn close(&mut self, c: char) -> Change {
        let is_bracket = |open: &&Open| matches!(open, Open::Bracket(_));
        let n_code = self.open.iter().rev().take(MAX_CLOSED).take_while(is_bracket).count();
        let brackets = &self.open[self.open.len() - n_code..];
        match brackets.iter().rposition(|open| *open == Open::Bracket(c)) {
            Some(position) => {
                let n_skipped = n_code - 1 - position;
                self.open.truncate(self.open.len() - n_skipped - 1);
                Change::Closed { n_skipped }
            }
            None => Change::Stray(c),
        }
    }

    fn is_markup(&self) -> bool {
        self.language == Language::Html
    }

    fn interpolates(&self, mark: &str, inner: &str) -> bool {
        use Language::{JavaScript, Kotlin, Php, Ruby, Shell, TypeScript};
        match inner {
            "#{" => self.language == Ruby && mark == "\"",
            _ => match self.language {
                JavaScript | TypeScript => mark == "`",
                Kotlin | Shell | Php => mark != "'",
                _ => false,
            },
        }
    }
}

/// Whether `c` can be part of a name.
pub fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a string of this mark goes on over the end of a line.
pub(crate) fn is_multiline(mark: &str) -> bool {
    mark.len() == 3 || mark == "`"
}

/// Whether `rest`, at a single quote of Rust's, is a character and no lifetime.
fn is_char_literal(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(c) => chars.next() == Some('\'') && c != '\'',
        None => false,
    }
}

#[cfg(test)]
mod tests;
