//! [`Places`]: how often snippets were found where they stand.

use pounce_project::{NoPlace, Place};
use serde::Serialize;

use super::case::Case;

/// How often snippets were found where they stand.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Places {
    /// In the file and on the line of the case.
    pub(super) right: usize,
    pub(super) wrong: usize,
    pub(super) missed: usize,
    /// In several places alike.
    pub(super) ambiguous: usize,
}

impl Places {
    /// Counts what was found for a case.
    pub(super) fn count(&mut self, case: &Case, found: Result<&Place, NoPlace>) {
        let sum = match found {
            Err(_) => &mut self.missed,
            Ok(place) if place.is_ambiguous() => &mut self.ambiguous,
            Ok(place) if place.path == case.file && place.line == case.line => &mut self.right,
            Ok(_) => &mut self.wrong,
        };
        *sum += 1;
    }
}
