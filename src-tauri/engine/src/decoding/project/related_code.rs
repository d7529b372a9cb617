//! [`RelatedCode`]: code of the same project, from which the model's next tokens are made likelier.

use std::sync::Arc;

/// Code of the same project. The model does not read it: where the last tokens also stand there, what
/// follows them is mixed into the model's probabilities. It is kept in memory for one request only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RelatedCode {
    /// The cursor's own file: up to the cursor, and from it on, without what is to be written.
    pub own_file: [Arc<str>; 2],
    /// Pieces of other files, the nearest first.
    pub other_files: Vec<Arc<str>>,
}

impl RelatedCode {
    /// All pieces, the nearest first. Blanks before the cursor are left out: healing takes them off the
    /// prompt too, and they would seem to follow it.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        let [before, after] = &self.own_file;
        let others = self.other_files.iter().map(|piece| &**piece);
        [before.trim_end(), after].into_iter().chain(others)
    }
}

/// Shows sizes and no code.
impl std::fmt::Debug for RelatedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<usize> = self.pieces().map(str::len).collect();
        write!(f, "RelatedCode({sizes:?} bytes)")
    }
}
