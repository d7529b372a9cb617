//! [`Line`]: a line without the white space around it, its hash, and how much it tells.

use std::hash::{DefaultHasher, Hasher as _};

/// More letters and digits than this make a line no more telling.
const MAX_LETTERS: usize = 24;
/// A line with fewer letters and digits stands anywhere: `}`, `});`, `fi`.
const MIN_LETTERS: usize = 3;

/// The hash of a line without the white space around it. Two of a million lines have the same hash
/// once in four thousand times, so what is found by hashes is compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LineHash(pub(super) u32);

impl LineHash {
    /// That of a blank line.
    pub(crate) const BLANK: Self = Self(0);
}

/// A line without the white space around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    pub(crate) hash: LineHash,
    /// Letters and digits, at most [`MAX_LETTERS`].
    pub(crate) n_letters: usize,
}

impl<'a> Line<'a> {
    /// A line with or without its indentation.
    pub(crate) fn new(line: &'a str) -> Self {
        let text = line.trim();
        let letters = text.bytes().filter(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80);
        Self { text, hash: hash_of(text), n_letters: letters.take(MAX_LETTERS).count() }
    }

    /// Whether the line says where it stands; others are found in all files.
    pub(crate) fn is_telling(&self) -> bool {
        self.n_letters >= MIN_LETTERS
    }
}

fn hash_of(text: &str) -> LineHash {
    if text.is_empty() {
        return LineHash::BLANK;
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    LineHash((hasher.finish() as u32).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_alike_whatever_their_indentation() {
        let check = |line: &str, is_telling: bool| {
            assert_eq!(Line::new(line).is_telling(), is_telling, "{line:?}");
        };
        assert_eq!(Line::new("    x = 1  ").hash, Line::new("x = 1").hash);
        assert_ne!(Line::new("x = 1").hash, Line::new("x = 2").hash);
        assert_eq!(Line::new(" \t").hash, LineHash::BLANK);
        check("", false);
        check("});", false);
        check("fi", false);
        check("return name", true);
        check("名前", true);
    }
}
