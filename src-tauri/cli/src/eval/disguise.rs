//! [`Disguise`]: code as it looks when it is copied from somewhere else than an editor.

use clap::ValueEnum;

/// Where code is copied from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Disguise {
    /// A file of Windows: lines end with CRLF
    Crlf,
    /// A web page: no-break spaces
    NoBreakSpaces,
    /// A listing: each line with its number
    LineNumbers,
    /// A diff: each line with a plus
    Diff,
}

impl Disguise {
    /// Puts the disguise on `code`, the cursor's marker included.
    pub(super) fn put_on(self, code: &str) -> String {
        let lines = |dress: fn((usize, &str)) -> String| {
            code.split('\n').enumerate().map(dress).collect::<Vec<_>>().join("\n")
        };
        match self {
            Self::Crlf => code.replace('\n', "\r\n"),
            Self::NoBreakSpaces => code.replace(' ', "\u{a0}"),
            Self::LineNumbers => lines(|(idx, line)| format!("{:>3}: {line}", idx + 1)),
            Self::Diff => lines(|(_, line)| format!("+{line}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_disguised() {
        let check = |disguise: Disguise, expected: &str| {
            assert_eq!(disguise.put_on("a b\nc"), expected, "{disguise:?}");
        };
        check(Disguise::Crlf, "a b\r\nc");
        check(Disguise::NoBreakSpaces, "a\u{a0}b\nc");
        check(Disguise::LineNumbers, "  1: a b\n  2: c");
        check(Disguise::Diff, "+a b\n+c");
    }
}
