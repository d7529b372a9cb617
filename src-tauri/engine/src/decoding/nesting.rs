//! [`Nesting`]: which brackets and quotes are open in a piece of code, read character by character.
//!
//! Without a grammar. Brackets inside a string are tracked too, since the cursor may stand inside
//! one, and the string's end closes them.

/// The open brackets and quotes, as the characters that close them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nesting {
    /// The innermost last.
    open: Vec<char>,
    /// The quote of the string that the text begins in, while it is open.
    outer_quote: Option<char>,
    /// Whether apostrophes are quotes around characters alone, as in Rust, where `'a` is a lifetime.
    has_lifetimes: bool,
}

impl Nesting {
    /// The nesting of a text that begins in a string of `outer_quote`, or in code.
    pub(super) fn new(outer_quote: Option<char>, has_lifetimes: bool) -> Self {
        Self { open: Vec::new(), outer_quote, has_lifetimes }
    }

    /// The characters that close what is open, the innermost last.
    pub(super) fn open(&self) -> &[char] {
        &self.open
    }

    /// Those of [`open`](Self::open) in the innermost expression of a template string, or all.
    pub(super) fn open_in_expression(&self) -> &[char] {
        let start = self.open.iter().rposition(|c| *c == TEMPLATE_END);
        &self.open[start.unwrap_or(0)..]
    }

    /// The quote of the string that the text now stands in.
    pub(super) fn quote(&self) -> Option<char> {
        let innermost = self.open.iter().rev().find(|c| is_quote(**c) || **c == TEMPLATE_END);
        innermost.map_or(self.outer_quote, |c| Some(*c).filter(|c| is_quote(*c)))
    }

    /// Reads the character at `at` of `text`. Returns it if it closes what this text has not opened.
    pub(super) fn read(&mut self, text: &str, at: usize) -> Option<char> {
        let c = text[at..].chars().next()?;
        if is_escaped(text, at) && self.quote().is_some() {
            return None;
        }
        match (c, self.quote()) {
            ('{', Some('`')) if text[..at].ends_with('$') => self.open.push(TEMPLATE_END),
            ('(', _) => self.open.push(')'),
            ('[', _) => self.open.push(']'),
            ('{', _) => self.open.push('}'),
            (')' | ']' | '}', quote) => return self.close(c).filter(|_| quote == self.outer_quote),
            (_, Some(quote)) if c == quote => return self.close(c),
            ('\'', None) if !self.opens_string(text, at) => {}
            (_, None) if is_quote(c) => self.open.push(c),
            _ => {}
        }
        None
    }

    /// Closes the innermost `c` with all inside it. Returns `c` if none is open.
    fn close(&mut self, c: char) -> Option<char> {
        let is_closed_by = |open: &char| *open == c || (*open == TEMPLATE_END && c == '}');
        let outside = self.open.iter().rposition(is_closed_by);
        // A bracket does not end the string around it.
        let outside =
            outside.filter(|n| is_quote(c) || !self.open[*n..].iter().any(|o| is_quote(*o)));
        let Some(n_left) = outside else {
            self.outer_quote = self.outer_quote.filter(|quote| *quote != c);
            return Some(c);
        };
        self.open.truncate(n_left);
        None
    }

    /// Whether the apostrophe at `at` opens a string: not in `don't`, nor as a lifetime.
    fn opens_string(&self, text: &str, at: usize) -> bool {
        if self.has_lifetimes {
            let inside: Vec<char> = text[at + 1..].chars().take(3).collect();
            return matches!(inside[..], [] | ['\\', ..] | [_, '\'', ..]);
        }
        let word = text[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        // Prefixes of strings: `f''`, `rb''`.
        word.len() <= 2 && word.chars().all(|c| "bBfFrRuU".contains(c))
    }
}

/// Stands for the brace that closes `${` in a template string.
const TEMPLATE_END: char = '\u{FFFC}';

/// What a reader sees for an element of [`Nesting::open`].
pub(super) fn closer(open: char) -> char {
    if open == TEMPLATE_END { '}' } else { open }
}

pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// Whether an odd number of backslashes stands before `at`.
fn is_escaped(text: &str, at: usize) -> bool {
    let before = &text[..at];
    !(before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_brackets_and_quotes_are_known_at_the_end() {
        let check = |has_lifetimes: bool, text: &str, expected: &str| {
            let mut nesting = Nesting::new(None, has_lifetimes);
            text.char_indices().for_each(|(at, _)| {
                nesting.read(text, at);
            });
            let open: String = nesting.open().iter().map(|c| closer(*c)).collect();
            assert_eq!(open, expected, "{text:?}");
        };
        check(false, "f(a[0], {", ")}");
        check(false, "f(\"a (b", ")\")");
        check(false, "f(\"a (b\", ", ")");
        check(false, "f(\"\\\"", ")\"");
        check(false, "`hello ${name(", "`})");
        check(false, "`hello ${name}", "`");
        check(false, "# don't (", ")");
        check(false, "x = f'", "'");
        check(false, "print(\"it's", ")\"");
        check(true, "fn f<'a>(x: &'a str, y: &'static [", ")]");
        check(true, "x == '(' && y == '\\'' && (", ")");
    }

    #[test]
    fn what_the_text_has_not_opened_is_returned() {
        let check = |quote: Option<char>, text: &str, expected: &str| {
            let mut nesting = Nesting::new(quote, false);
            let found: String =
                text.char_indices().filter_map(|(at, _)| nesting.read(text, at)).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check(None, "a), (b)]", ")]");
        check(None, "a\")\"", "");
        check(Some('"'), "a\", 'b')", "\")");
        check(Some('"'), "it's)", ")");
    }
}
