//! [`Limits`]: how much is read.

/// How much is read; what is beyond is left out, and the status says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files of all folders.
    pub max_files: usize,
    /// Lines of all files. Two million take about fifty megabytes.
    pub max_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_files: 200_000, max_lines: 6_000_000 }
    }
}
