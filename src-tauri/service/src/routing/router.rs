//! [`route`]: which models to ask, in which order, and why not the others.
//!
//! A pure function: the same question and the same view give the same route. No clock, no lock, no
//! I/O. A simple snippet goes to a small, fast model; a complex one to the largest that is expected
//! to end in time. One of another machine is asked where none of this one can answer, or where the
//! user prefers it, and never for what is secret. A model that is absent is never waited for while another can answer: the route
//! names it as worth loading for the next request.

use std::fmt;
use std::time::Duration;

use pounce_engine::Mode;
use serde::{Deserialize, Serialize};

use crate::analyzer::Complexity;
use crate::catalog::{ModelId, Tier};
use crate::memory::Shortage;
use crate::profile::Speed;

/// What the user prefers when speed and quality disagree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// The smallest model, always.
    Fast,
    /// By the snippet, within the target.
    #[default]
    Balanced,
    /// The largest that ends within the maximum.
    Best,
}

/// What the router is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Of the snippet.
    pub complexity: Complexity,
    /// How much is wanted.
    pub mode: Mode,
    /// About how many tokens the prompt has.
    pub n_prompt_tokens: usize,
    /// Until the target.
    pub to_target: Duration,
    /// Until the maximum.
    pub to_maximum: Duration,
    /// The user's.
    pub preference: Preference,
    /// The model that the request or the user names.
    pub pinned: Option<ModelId>,
    /// Whether the code must not leave this machine.
    pub is_secret: bool,
}

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// On this machine.
    Here,
    /// On another, which the user would rather have asked, or has made the default.
    RemotePreferred,
    /// On another, which is asked where none of this machine can answer.
    RemoteInNeed,
}

impl Site {
    fn is_remote(self) -> bool {
        self != Self::Here
    }

    /// The order of asking: 0 comes first.
    fn rank(self) -> u8 {
        match self {
            Self::RemotePreferred => 0,
            Self::Here => 1,
            Self::RemoteInNeed => 2,
        }
    }
}

/// Where a model is.
#[derive(Debug, Clone, PartialEq)]
pub enum Residency {
    /// In memory and ready.
    Resident,
    /// On its way.
    Loading,
    /// In memory, with a run that does not end though it was told to.
    Stuck,
    /// Not in memory; it would fit beside the others.
    Absent,
    /// Not in memory; others would have to go.
    AbsentWantsRoom,
    /// Not in memory and cannot be.
    DoesNotFit(Shortage),
    /// Loading it failed.
    Failed(String),
}

/// One installed model, as plain values.
#[derive(Debug, Clone)]
pub struct ModelView {
    /// Its id.
    pub id: ModelId,
    /// Its rank.
    pub tier: Tier,
    /// Where it runs.
    pub site: Site,
    /// As measured here; `None` before the first run.
    pub speed: Option<Speed>,
    /// The longest prompt it reads, in tokens.
    pub max_prompt_tokens: usize,
    /// Where it is.
    pub residency: Residency,
    /// Whether its breaker lets a request through.
    pub is_admitted: bool,
}

/// Why a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// The request or the user names it.
    Pinned,
    /// Its tier suits the snippet, whose complexity is this, 0 to 1.
    Suits {
        /// Of the snippet.
        score: f32,
    },
    /// The one that suits cannot answer now.
    StandsIn,
    /// None is expected to end in time; it comes nearest.
    Fastest,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned => f.write_str("it is pinned"),
            Self::Suits { score } => write!(f, "it suits a complexity of {score:.2}"),
            Self::StandsIn => f.write_str("it stands in for a model that cannot answer now"),
            Self::Fastest => {
                f.write_str("no model is expected to end in time, and it is the fastest")
            }
        }
    }
}

/// Why a model is not asked.
#[derive(Debug, Clone, PartialEq)]
pub enum SkipReason {
    /// Its breaker is open.
    BreakerOpen,
    /// It is not in memory.
    NotLoaded,
    /// It does not fit into memory.
    DoesNotFit(Shortage),
    /// It could not be loaded.
    LoadFailed(String),
    /// A run of it does not stop.
    Stuck,
    /// It would not reach a useful boundary in time.
    TooSlow {
        /// The least time it needs.
        needs: Duration,
        /// What there is.
        left: Duration,
    },
    /// The request names it, and it is not on this disk.
    NotInstalled,
    /// The code is secret, and it would leave this machine.
    StaysHere,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BreakerOpen => f.write_str("it failed too often and is left alone for a while"),
            Self::NotLoaded => f.write_str("it is not in memory"),
            Self::DoesNotFit(shortage) => shortage.fmt(f),
            Self::LoadFailed(message) => f.write_str(message),
            Self::Stuck => f.write_str("a run of it does not stop"),
            Self::TooSlow { needs, left } => {
                write!(f, "it needs {} ms and there are {}", needs.as_millis(), left.as_millis())
            }
            Self::NotInstalled => f.write_str("it is not installed"),
            Self::StaysHere => f.write_str("the code is secret and stays on this machine"),
        }
    }
}

/// A model to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its id.
    pub id: ModelId,
    /// Why.
    pub choice: Choice,
    /// Whether it is in memory; else it is loading and has to be waited for.
    pub is_ready: bool,
}

/// The plan for one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Route {
    /// To be asked one after the other until one answers.
    pub candidates: Vec<Candidate>,
    /// Not to be asked.
    pub skipped: Vec<(ModelId, SkipReason)>,
    /// Worth loading in the background: it would have come first.
    pub to_load: Option<ModelId>,
}

/// Tokens of a typical completion: what must fit for a model to count as in time. A line of code
/// has about ten tokens, a block about four lines.
pub(crate) fn typical_tokens(mode: Mode) -> usize {
    match mode {
        Mode::Line => 12,
        Mode::Block | Mode::Free => 40,
    }
}

/// Fewer tokens than this are not worth showing.
const MIN_USEFUL_TOKENS: usize = 4;

/// Plans one request over the installed models.
pub fn route(question: &Question, models: &[ModelView]) -> Route {
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

/// The absent model that suits clearly better than every one that can answer now. To be expected
/// faster is not enough, since what was never measured is expected to take no time; and another
/// model loses its place only for a pinned one, or if none can answer: else two kinds of snippets in
/// turn would have two models displace each other.
fn worth_loading(question: &Question, ranked: &[(Rank, &ModelView)]) -> Option<ModelId> {
    let can_answer = |model: &ModelView| {
        model.residency == Residency::Resident && skip_reason(question, model).is_none()
    };
    let best_ready =
        ranked.iter().find(|(_, model)| can_answer(model)).map(|(rank, _)| rank.suitability());
    let is_worth = |rank: &Rank, model: &ModelView| match model.residency {
        Residency::Absent => best_ready.is_none_or(|best| rank.suitability() < best),
        Residency::AbsentWantsRoom => best_ready.is_none() || !rank.is_not_pinned,
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
            _ => Choice::StandsIn,
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

/// Smaller is better.
#[derive(Debug, Clone, Copy)]
struct Rank {
    is_not_pinned: bool,
    /// [`Site::rank`].
    site: u8,
    /// Expected to end after the limit that the preference sets.
    is_late: bool,
    /// Steps between the tier and the one wanted.
    tier_distance: u8,
    expected: Duration,
}

impl Rank {
    /// Everything but the speed.
    fn suitability(&self) -> (bool, u8, bool, u8) {
        (self.is_not_pinned, self.site, self.is_late, self.tier_distance)
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
        site: model.site.rank(),
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

/// What a model should take for `n_tokens`; zero if it was never measured, so that it gets a chance.
fn expected(question: &Question, model: &ModelView, n_tokens: usize) -> Duration {
    let n_prompt_tokens = question.n_prompt_tokens.min(model.max_prompt_tokens);
    model.speed.map_or(Duration::ZERO, |speed| speed.expected(n_prompt_tokens, n_tokens))
}

/// Whether the code may not go to where the model runs.
fn must_stay(question: &Question, model: &ModelView) -> bool {
    question.is_secret && model.site.is_remote()
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
        Residency::Absent | Residency::AbsentWantsRoom => return Some(SkipReason::NotLoaded),
        Residency::DoesNotFit(shortage) => return Some(SkipReason::DoesNotFit(*shortage)),
        Residency::Failed(message) => return Some(SkipReason::LoadFailed(message.clone())),
    }
    let needs = expected(question, model, MIN_USEFUL_TOKENS);
    let left = question.to_maximum;
    (needs > left).then_some(SkipReason::TooSlow { needs, left })
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
