//! [`Record`]: the outcomes of an assessment that has not ended.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use pounce_engine::PromptForm;
use pounce_models::registry::InstalledModel;
use pounce_models::storage;
use serde::{Deserialize, Serialize};

use super::case::Case;
use super::outcome::Outcome;

/// Outcomes between two writes to the disk.
const SAVE_EVERY: usize = 8;

/// The outcomes so far, and the file that keeps them until the assessment has ended.
#[derive(Debug)]
pub struct Record {
    file: PathBuf,
    outcomes: Outcomes,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Outcomes {
    /// The version of the model and of the cases that these are of.
    of: String,
    /// By form and number of the case.
    entries: Vec<(PromptForm, usize, Outcome)>,
}

impl Record {
    /// Goes on with the outcomes in `file`, if they are of the same version of the model and of the same
    /// cases.
    pub fn open(file: PathBuf, model: &InstalledModel, cases: &[Case]) -> Self {
        let mut hasher = DefaultHasher::new();
        cases.hash(&mut hasher);
        let of = format!("{} {:x}", model.fingerprint, hasher.finish());
        let read: Outcomes = storage::read_json(&file).unwrap_or_default();
        let entries = if read.of == of { read.entries } else { Vec::new() };
        Self { file, outcomes: Outcomes { of, entries } }
    }

    /// Where the outcomes are kept.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The outcome of a case in a form; `None` if there is none yet.
    pub(super) fn get(&self, form: &PromptForm, case: usize) -> Option<Outcome> {
        let is_it = |entry: &&(PromptForm, usize, Outcome)| entry.0 == *form && entry.1 == case;
        self.outcomes.entries.iter().find(is_it).map(|entry| entry.2)
    }

    /// Adds an outcome. Writes the file now and then.
    ///
    /// # Errors
    /// The error of the file system.
    pub(super) fn add(
        &mut self,
        form: PromptForm,
        case: usize,
        outcome: Outcome,
    ) -> io::Result<()> {
        self.outcomes.entries.push((form, case, outcome));
        if self.outcomes.entries.len().is_multiple_of(SAVE_EVERY) {
            storage::write_json(&self.file, &self.outcomes)?;
        }
        Ok(())
    }

    /// Removes the file: the result is kept elsewhere.
    pub fn discard(self) {
        // It may not have been written.
        let _ = std::fs::remove_file(self.file);
    }
}
