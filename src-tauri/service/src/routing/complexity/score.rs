//! [`Complexity`]: how hard a snippet is.

use pounce_fitting::syntax::Outline;

/// Measures of the code before the cursor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Complexity {
    /// Lines that are not blank.
    pub n_lines: usize,
    /// The most constructs that enclose one place.
    pub max_nesting: usize,
    /// Places where the flow divides: if, loop, case, handler, `?:`.
    pub n_branches: usize,
    /// Distinct names.
    pub n_identifiers: usize,
    /// Lines from the start of the construct that the cursor is in, which is unfinished.
    pub n_open_lines: usize,
    /// Whether a parser counted, rather than the lexical rules.
    pub is_parsed: bool,
}

impl Complexity {
    /// All measures as one number from 0 (no code) to 1. Each measure adds half of its weight at a
    /// value that is usual for a function of 20 lines.
    pub fn score(&self) -> f32 {
        let share = |value: usize, usual: f32| value as f32 / (value as f32 + usual);
        0.10 * share(self.n_lines, 40.0)
            + 0.25 * share(self.max_nesting, 4.0)
            + 0.25 * share(self.n_branches, 6.0)
            + 0.20 * share(self.n_identifiers, 30.0)
            + 0.20 * share(self.n_open_lines, 15.0)
    }
}

impl From<Outline> for Complexity {
    /// Without the lines.
    fn from(outline: Outline) -> Self {
        let Outline { n_branches, n_identifiers, max_nesting, n_open_lines } = outline;
        Self { n_lines: 0, max_nesting, n_branches, n_identifiers, n_open_lines, is_parsed: true }
    }
}
