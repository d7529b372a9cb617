//! [`KeptCounts`]: how many completions were kept.

use std::collections::BTreeMap;

use pounce_models::catalog::ModelId;
use serde::{Deserialize, Serialize};

use crate::confidence::{Cases, Confidence, Correction, Level, Tally, bin_of};
use crate::metrics::KeptLevel;

/// When a file is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    HalfMinute,
    FiveMinutes,
}

/// How many completions were kept, by the model that made them. There is no text in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptCounts {
    models: BTreeMap<ModelId, ModelCounts>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct ModelCounts {
    /// After half a minute, by level, the lowest first.
    half_minute: [Tally; Level::ALL.len()],
    /// After five minutes.
    five_minutes: [Tally; Level::ALL.len()],
    /// After five minutes, by fold and range of probability.
    cases: Cases,
    /// Cases so far.
    n_cases: usize,
}

impl KeptCounts {
    /// Counts a completion of this level, whose probability was `uncorrected`.
    pub(super) fn count(
        &mut self,
        model: &ModelId,
        told: Level,
        uncorrected: Confidence,
        found: Found,
    ) {
        let counts = self.models.entry(model.clone()).or_default();
        let levels = match found.moment {
            Moment::HalfMinute => &mut counts.half_minute,
            Moment::FiveMinutes => &mut counts.five_minutes,
        };
        levels[told as usize].count(found.is_kept);
        if found.moment == Moment::FiveMinutes {
            let fold = counts.n_cases % counts.cases.len();
            counts.cases[fold][bin_of(uncorrected.probability)].count(found.is_kept);
            counts.n_cases += 1;
        }
    }

    /// What the probabilities of a model are corrected by; `None` leaves them.
    pub(super) fn correction(&self, model: &ModelId) -> Option<Correction> {
        Correction::fit(&self.models.get(model)?.cases)
    }

    pub(super) fn models(&self) -> impl Iterator<Item = &ModelId> {
        self.models.keys()
    }

    /// The sums over all models, the surest level first.
    pub(crate) fn levels(&self) -> Vec<KeptLevel> {
        let sum = |of: fn(&ModelCounts) -> &[Tally; Level::ALL.len()], level: Level| {
            let tallies = self.models.values().map(|counts| of(counts)[level as usize]);
            tallies.fold(Tally::default(), Tally::plus)
        };
        let of_level = |level: &Level| KeptLevel {
            level: *level,
            half_minute: sum(|counts| &counts.half_minute, *level),
            five_minutes: sum(|counts| &counts.five_minutes, *level),
        };
        Level::ALL.iter().rev().map(of_level).collect()
    }
}

/// What a look at a file has shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) moment: Moment,
    pub(super) is_kept: bool,
}
