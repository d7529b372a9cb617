//! [`Place`]: where a snippet stands, with the code around it.

use std::path::PathBuf;

/// Where a snippet stands, with the code around it. Line ends are LF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The file's path from the folder that the user has named.
    pub name: PathBuf,
    /// The line of the file, counted from 0, on which the snippet ends, or before which its unsaved end
    /// belongs.
    pub line: usize,
    /// The whole lines before the snippet, the nearest ones; empty if the place is ambiguous.
    pub before: String,
    /// The snippet, indented as in the file.
    pub snippet: String,
    /// What follows the snippet, from the end of its line on; empty if the place is ambiguous.
    pub after: String,
    /// More of the file, as its habits: up to the cursor, and from it on; empty if the place is ambiguous.
    pub file: [String; 2],
    /// How many places match equally well; 1 is no other.
    pub n_equal: usize,
    /// What stands before each line of the snippet in the file and not in the snippet.
    pub(super) indentation: String,
}

impl Place {
    /// Whether other places match as well, so that nothing is known of the code around.
    pub fn is_ambiguous(&self) -> bool {
        self.n_equal > 1
    }

    /// Lines of the snippet as lines of the file; the first one is a rest of the cursor's.
    pub fn in_file(&self, lines: &str) -> String {
        let mut lines = lines.split('\n');
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, line| {
            let indentation = if line.is_empty() { "" } else { &self.indentation };
            [&text, "\n", indentation, line].concat()
        })
    }

    /// A completion of the code in the file as one of the snippet, whose lines may be indented less.
    pub fn for_snippet(&self, completion: &str) -> String {
        let mut lines = completion.split('\n');
        let first = lines.next().unwrap_or_default().to_owned();
        lines.fold(first, |text, line| {
            let line = line.strip_prefix(&self.indentation).unwrap_or(line);
            text + "\n" + line
        })
    }
}
