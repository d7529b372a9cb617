//! [`Lookup`]: what came of looking for a snippet in the user's projects.

use std::path::PathBuf;

use pounce_project::NoPlace;

use crate::metrics::Counter;

/// What came of looking for a snippet in the user's projects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Lookup {
    /// It was not looked for: no folder is named, or the snippet is secret.
    #[default]
    None,
    /// It stands in this file, whose code around it was read. The path is from the user's folder on.
    Found(PathBuf),
    /// It stands in several places, among them this file, so that nothing around it was read.
    Ambiguous(PathBuf),
    /// No place was found, for this reason.
    Missed(NoPlace),
}

impl Lookup {
    /// What is counted of it; `None` if nothing was looked for.
    pub(crate) fn counter(&self) -> Option<Counter> {
        match self {
            Self::None => None,
            Self::Found(_) => Some(Counter::PlacesFound),
            Self::Ambiguous(_) => Some(Counter::PlacesAmbiguous),
            Self::Missed(_) => Some(Counter::PlacesMissed),
        }
    }
}
