//! [`DraftCounts`]: how many tokens were guessed, and how many of the guesses were right.

use std::ops::AddAssign;

use crate::decoding::draft::DraftSource;

/// Guessed tokens of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DraftCount {
    /// Tokens that were guessed.
    pub guessed: usize,
    /// Those of them that the model would have chosen: each saved a decoder run.
    pub accepted: usize,
}

/// Guessed tokens by their source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DraftCounts {
    /// From the code around the cursor and the completion so far.
    pub code: DraftCount,
    /// From recent completions.
    pub recent: DraftCount,
    /// From what the caller proposed.
    pub proposal: DraftCount,
    /// From code of the same project.
    pub project: DraftCount,
}

impl DraftCounts {
    /// Counts a draft.
    pub(crate) fn add(&mut self, source: DraftSource, guessed: usize, accepted: usize) {
        let count = match source {
            DraftSource::Code => &mut self.code,
            DraftSource::Recent => &mut self.recent,
            DraftSource::Proposal => &mut self.proposal,
            DraftSource::Project => &mut self.project,
        };
        *count += DraftCount { guessed, accepted };
    }
}

impl AddAssign for DraftCount {
    fn add_assign(&mut self, other: Self) {
        self.guessed += other.guessed;
        self.accepted += other.accepted;
    }
}

impl AddAssign for DraftCounts {
    fn add_assign(&mut self, other: Self) {
        self.code += other.code;
        self.recent += other.recent;
        self.proposal += other.proposal;
        self.project += other.project;
    }
}
