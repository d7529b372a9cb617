//! [`LineEnds`]: models read and write `\n`; a file with Windows' line ends gets its own back.

/// How the lines of a file end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineEnds {
    Lf,
    CrLf,
}

impl LineEnds {
    /// How the lines of a code end, by the first of them.
    pub(crate) fn of(code: &str) -> Self {
        match code.find('\n') {
            Some(at) if code[..at].ends_with('\r') => Self::CrLf,
            _ => Self::Lf,
        }
    }

    /// Code as models read it.
    pub(crate) fn to_lf(self, code: String) -> String {
        if self == Self::CrLf { code.replace("\r\n", "\n") } else { code }
    }

    /// A completion as the file has it.
    pub(crate) fn restore(self, text: String) -> String {
        if self == Self::CrLf { text.replace('\n', "\r\n") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_its_own_line_ends_back() {
        let ends = LineEnds::of("a\r\nb\r\n");
        assert_eq!(ends.to_lf("a\r\nb".to_owned()), "a\nb");
        assert_eq!(ends.restore("c\nd".to_owned()), "c\r\nd");
        assert_eq!(LineEnds::of("a\nb\r\n"), LineEnds::Lf, "the first line tells");
        assert_eq!(LineEnds::of("a\r"), LineEnds::Lf, "half a line end is none");
        assert_eq!(LineEnds::Lf.restore("c\nd".to_owned()), "c\nd");
    }
}
