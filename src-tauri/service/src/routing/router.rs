//! [`route`]: which models to ask, in which order, and why not the others.
//!
//! A pure function: the same question and the same views give the same route. No clock, no lock, no
//! I/O. A simple snippet goes to a small, fast model; a complex one to the largest that is expected
//! to end in time. A server is asked where no model of this machine can answer, or where the user
//! prefers it, and never for secret code. An absent model is never waited for while another can
//! answer: the route names it as worth loading for the next request.

use std::time::Duration;

use pounce_engine::Mode;

use super::model_view::{ModelView, Residency};
use super::preference::Preference;
use super::route::{Candidate, Choice, Question, Route, SkipReason};
use pounce_models::catalog::{ModelId, Tier};

/// Tokens of a typical completion; a model that can write them in time counts as fast enough. A line
/// of code has about ten tokens, a block about four lines.
pub(crate) fn typical_tokens(mode: Mode) -> usize {
    match mode {
        Mode::Line => 12,
        Mode::Block | Mode::Free => 40,
    }
}

/// Fewer tokens than this are not worth showing.
const MIN_USEFUL_TOKENS: usize = 4;

/// Plans one request over the installed models.
pub(crate) fn route(question: &Question, models: &[ModelView]) -> Route {
    let mut route = Route::default();
    let mut ranked: Vec<(Rank, &ModelView)> =
        models.iter().map(|model| (rank(question, model), model)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    for (place, (_, model)) in ranked.iter().enumerate() {
        match skip_reason(question, model) {
            Some(reason) => route.skipped.push((model.id.clone(), reason)),
            None => route.add(question, model, place),
        }
    }
    // A model that has to be waited for comes after every one that can answer now.
    route.candidates.sort_by_key(|candidate| !candidate.is_ready);
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
    let best_ready =
        ranked.iter().find(|(_, model)| can_answer(model)).map(|(rank, _)| rank.suitability());
    let is_worth = |rank: &Rank, model: &ModelView| match model.residency {
        Residency::Absent => best_ready.is_none_or(|best| rank.suitability() < best),
        Residency::AbsentNeedsEviction => best_ready.is_none() || !rank.is_not_pinned,
        _ => false,
    };
    let may_ask = |model: &ModelView| model.is_admitted && !must_stay(question, model);
    let found = ranked.iter().find(|(rank, model)| may_ask(model) && is_worth(rank, model));
    found.map(|(_, model)| model.id.clone())
}

impl Route {
    fn add(&mut self, question: &Question, model: &ModelView, place: usize) {
        let is_pinned = question.pinned.as_ref() == Some(&model.id);
        let choice = match place {
            _ if is_pinned => Choice::Pinned,
            0 => Choice::Suits { score: question.complexity.score() },
            _ => Choice::Substitute,
        };
        let is_ready = model.residency == Residency::Resident;
        self.candidates.push(Candidate { id: model.id.clone(), choice, is_ready });
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

/// How well a model suits the question; a smaller rank is better.
#[derive(Debug, Clone, Copy)]
struct Rank {
    is_not_pinned: bool,
    /// Order of its location; 0 comes first.
    location: u8,
    /// Expected to end after the limit that the preference sets.
    is_late: bool,
    /// Steps between the tier and the one wanted.
    tier_distance: u8,
    expected: Duration,
}

impl Rank {
    /// The rank without the expected time.
    fn suitability(&self) -> (bool, u8, bool, u8) {
        (self.is_not_pinned, self.location, self.is_late, self.tier_distance)
    }

    fn total_cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.suitability(), self.expected).cmp(&(other.suitability(), other.expected))
    }
}

fn rank(question: &Question, model: &ModelView) -> Rank {
    let limit = match question.preference {
        Preference::Best => question.to_maximum,
        Preference::Fast | Preference::Balanced => question.to_target,
    };
    let expected = expected(question, model, typical_tokens(question.mode));
    Rank {
        is_not_pinned: question.pinned.as_ref() != Some(&model.id),
        location: model.location.rank(),
        is_late: expected > limit,
        tier_distance: model.tier.rank().abs_diff(wanted_tier(question).rank()),
        expected,
    }
}

/// The tier that suits the snippet.
fn wanted_tier(question: &Question) -> Tier {
    match (question.preference, question.complexity.score()) {
        (Preference::Fast, _) => Tier::Small,
        (Preference::Best, _) => Tier::Large,
        (Preference::Balanced, score) if score < 0.35 => Tier::Small,
        (Preference::Balanced, score) if score < 0.7 => Tier::Medium,
        (Preference::Balanced, _) => Tier::Large,
    }
}

/// Expected time of a model for `n_tokens`; zero if it was never measured, so that it is tried.
fn expected(question: &Question, model: &ModelView, n_tokens: usize) -> Duration {
    let n_prompt_tokens = question.n_prompt_tokens.min(model.max_prompt_tokens);
    model.speed.map_or(Duration::ZERO, |speed| speed.expected(n_prompt_tokens, n_tokens))
}

/// Whether the code must not be sent to where the model runs.
fn must_stay(question: &Question, model: &ModelView) -> bool {
    question.is_secret && model.location.is_remote()
}

fn skip_reason(question: &Question, model: &ModelView) -> Option<SkipReason> {
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
