//! [`route`]: which models to ask, in which order, and why not the others.
//!
//! A pure function: the same question and the same views give the same route. No clock, no lock, no
//! I/O. The model comes first whose answer is expected to be worth the most of those that end in time,
//! and before it one that answers at once, if there is such a one: [`next`](super::next()) then decides
//! whether its answer stands. A server is asked where no model of this machine can answer, or where the
//! user prefers it, and never for secret code. An absent model is never waited for while another can
//! answer: the route names it as worth loading for the next request.

use std::cmp::Ordering;
use std::time::Duration;

use super::expected::{expected, n_read};
use super::model_view::{Location, ModelView, Residency};
use super::preference::Preference;
use super::route::{Candidate, Choice, Question, Route, SkipReason};
use super::typical::typical_tokens;
use super::worth::worth;
use pounce_models::catalog::{ModelId, Tier};

/// A model answers at once compared with one that takes this many times as long.
const QUICKER: u32 = 3;

/// Fewer tokens than this are not worth showing.
const MIN_USEFUL_TOKENS: usize = 4;

/// Plans one request over the installed models.
pub(crate) fn route(question: &Question, models: &[ModelView]) -> Route {
    let (mut route, has_quick) = (Route::default(), models.iter().any(|it| is_quick(question, it)));
    let mut ranked: Vec<(Rank, &ModelView)> =
        models.iter().map(|model| (rank(question, model, has_quick), model)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    for (place, (_, model)) in ranked.iter().enumerate() {
        match skip_reason(question, model) {
            Some(reason) => route.skipped.push((model.id.clone(), reason)),
            None => route.add(question, model, (place, models.len())),
        }
    }
    // A model that has to be waited for comes after every one that can answer now.
    route.candidates.sort_by_key(|candidate| !candidate.is_ready);
    route.put_quickest_first(question, models);
    route.to_load = worth_loading(question, &ranked);
    if !route.candidates.iter().any(|candidate| candidate.is_ready) {
        route.take_fastest(&ranked);
    }
    route
}

/// The absent model that suits clearly better than every one that can answer now. A higher expected
/// speed is not enough, since a model that was never measured is expected to take no time. Another
/// model is evicted only for a pinned one, or if none can answer: otherwise two kinds of snippets in
/// turn would have two models evict each other.
fn worth_loading(question: &Question, ranked: &[(Rank, &ModelView)]) -> Option<ModelId> {
    let can_answer = |model: &ModelView| {
        model.residency == Residency::Resident && skip_reason(question, model).is_none()
    };
    let best_ready = ranked.iter().find(|(_, model)| can_answer(model)).map(|(rank, _)| rank);
    let is_worth = |rank: &Rank, model: &ModelView| match model.residency {
        Residency::Absent => {
            best_ready.is_none_or(|best| rank.suitability_cmp(best) == Ordering::Less)
        }
        Residency::AbsentNeedsEviction => best_ready.is_none() || !rank.is_not_pinned,
        _ => false,
    };
    let may_ask = |model: &ModelView| model.is_admitted && !must_stay(question, model);
    let found = ranked.iter().find(|(rank, model)| may_ask(model) && is_worth(rank, model));
    found.map(|(_, model)| model.id.clone())
}

impl Route {
    fn add(&mut self, question: &Question, model: &ModelView, (place, n_models): (usize, usize)) {
        let is_pinned = question.pinned.as_ref() == Some(&model.id);
        let choice = match place {
            _ if is_pinned => Choice::Pinned,
            0 if question.preference == Preference::Balanced && n_models > 1 => {
                let worth = worth(question, model, n_read(question, model));
                Choice::Best { kind: question.kind, worth }
            }
            0 => Choice::Suits { score: question.complexity.score() },
            _ => Choice::Substitute,
        };
        let is_ready = model.residency == Residency::Resident;
        self.candidates.push(Candidate { id: model.id.clone(), choice, is_ready });
    }

    /// Moves a model to the front that answers so much sooner than the best one that this one hardly
    /// loses time.
    fn put_quickest_first(&mut self, question: &Question, models: &[ModelView]) {
        if question.preference != Preference::Balanced {
            return;
        }
        let view = |id: &ModelId| models.iter().find(|model| model.id == *id);
        let Some(best) = self.candidates.first().filter(|it| it.choice != Choice::Pinned) else {
            return;
        };
        let Some(best) = view(&best.id).filter(|it| it.location == Location::Here) else { return };
        let limit =
            best.speed.map(|_| expected(question, best, typical_tokens(question.mode)) / QUICKER);
        let time = |candidate: &Candidate| {
            let model = view(&candidate.id).filter(|it| is_quick(question, it))?;
            let time = expected(question, model, typical_tokens(question.mode));
            (candidate.is_ready && limit.is_none_or(|limit| time <= limit)).then_some(time)
        };
        let times = self.candidates.iter().enumerate().skip(1);
        let times = times.filter_map(|(index, candidate)| Some((time(candidate)?, index)));
        let Some((_, index)) = times.min() else { return };
        let quickest = self.candidates.remove(index);
        self.candidates.insert(0, Candidate { choice: Choice::First, ..quickest });
    }

    /// Where every resident model is too slow, half a line of the fastest is better than nothing.
    fn take_fastest(&mut self, ranked: &[(Rank, &ModelView)]) {
        let slow = self.skipped.iter().enumerate().filter_map(|(at, (id, reason))| match reason {
            SkipReason::TooSlow { needs, .. } => Some((*needs, at, id.clone())),
            _ => None,
        });
        let resident = |id: &ModelId| {
            ranked.iter().any(|(_, m)| m.id == *id && m.residency == Residency::Resident)
        };
        let Some((_, at, id)) = slow.filter(|(_, _, id)| resident(id)).min() else { return };
        self.skipped.remove(at);
        self.candidates.insert(0, Candidate { id, choice: Choice::Fastest, is_ready: true });
    }
}

/// Whether a model of this machine has answered before half of the time to the target is over.
fn is_quick(question: &Question, model: &ModelView) -> bool {
    let time = expected(question, model, typical_tokens(question.mode));
    model.location == Location::Here
        && model.speed.is_some()
        && skip_reason(question, model).is_none()
        && time <= question.to_target / 2
}

/// How well a model suits the question; a smaller rank is better.
#[derive(Debug, Clone, Copy)]
struct Rank {
    is_not_pinned: bool,
    /// Order of its location; 0 comes first.
    location: u8,
    /// Expected to end after the limit that the preference sets.
    is_late: bool,
    /// How little it suits: the probability that it is wrong, or the steps between its tier and the one
    /// that the user prefers.
    misfit: f64,
    expected: Duration,
}

impl Rank {
    /// Compares without the expected time.
    fn suitability_cmp(&self, other: &Self) -> Ordering {
        let first = |it: &Self| (it.is_not_pinned, it.location, it.is_late);
        first(self).cmp(&first(other)).then_with(|| self.misfit.total_cmp(&other.misfit))
    }

    fn total_cmp(&self, other: &Self) -> Ordering {
        self.suitability_cmp(other).then_with(|| self.expected.cmp(&other.expected))
    }
}

/// Ranks a model. Where a quick one answers first, its answer is kept, and there is time until the maximum.
fn rank(question: &Question, model: &ModelView, has_quick: bool) -> Rank {
    let limit = match question.preference {
        Preference::Best => question.to_maximum,
        Preference::Balanced if has_quick => question.to_maximum,
        Preference::Fast | Preference::Balanced => question.to_target,
    };
    let n_tokens = match question.preference {
        // Half of all lines are shorter; once there is a first answer, its length tells more.
        Preference::Balanced if has_quick => typical_tokens(question.mode) / 2,
        _ => typical_tokens(question.mode),
    };
    let expected = expected(question, model, n_tokens);
    Rank {
        is_not_pinned: question.pinned.as_ref() != Some(&model.id),
        location: model.location.rank(),
        is_late: expected > limit,
        misfit: misfit(question, model),
        expected,
    }
}

fn misfit(question: &Question, model: &ModelView) -> f64 {
    let steps = |wanted: Tier| f64::from(model.tier.rank().abs_diff(wanted.rank()));
    match question.preference {
        Preference::Fast => steps(Tier::Small),
        Preference::Best => steps(Tier::Large),
        Preference::Balanced => 1.0 - worth(question, model, n_read(question, model)),
    }
}

/// Whether the code must not be sent to where the model runs.
fn must_stay(question: &Question, model: &ModelView) -> bool {
    question.is_secret && model.location.is_remote()
}

pub(super) fn skip_reason(question: &Question, model: &ModelView) -> Option<SkipReason> {
    if must_stay(question, model) {
        return Some(SkipReason::StaysHere);
    }
    if !model.is_admitted {
        return Some(SkipReason::BreakerOpen);
    }
    match &model.residency {
        Residency::Resident | Residency::Loading => {}
        Residency::Stuck => return Some(SkipReason::Stuck),
        Residency::Absent | Residency::AbsentNeedsEviction => return Some(SkipReason::NotLoaded),
        Residency::DoesNotFit(shortage) => return Some(SkipReason::DoesNotFit(*shortage)),
    }
    let needs = expected(question, model, MIN_USEFUL_TOKENS);
    let left = question.to_maximum;
    (needs > left).then_some(SkipReason::TooSlow { needs, left })
}

#[cfg(test)]
mod tests;
