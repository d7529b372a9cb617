//! [`FilterOutcome`]: what a filter did to an answer.

/// What a filter did to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FilterOutcome {
    Changed,
    Rejected,
}

impl FilterOutcome {
    /// The name in the dump.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Rejected => "rejected",
        }
    }
}
