//! [`improver`]: which model may have a better answer than the first, while that waits to be pasted.
//!
//! A pure function, as [`route`](super::route()) is.

use std::cmp::Reverse;
use std::time::Duration;

use pounce_engine::Mode;

use super::model_view::{Location, ModelView, Residency};
use super::typical::typical_tokens;
use pounce_models::catalog::{ModelId, Tier};

/// A request that has been answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstAnswer {
    /// The tier of the model that has answered; `None` if none has, as where the snippet itself was copied.
    pub(crate) tier: Option<Tier>,
    /// How much code was asked for.
    pub(crate) mode: Mode,
    /// Estimated tokens of the prompt.
    pub(crate) n_prompt_tokens: usize,
    /// How long the better answer may take.
    pub(crate) left: Duration,
    /// Whether the code must not leave this machine.
    pub(crate) is_secret: bool,
}

/// What to do about a better answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Improver {
    /// Ask this model.
    Ask(ModelId),
    /// Load this model, for the next request.
    Load(ModelId),
    /// Nothing: no larger model can answer in time.
    None,
}

/// The largest model in memory above the one that has answered, if it is expected to end in time; of equally large
/// ones the fastest. A server is asked only where the user prefers it: code leaves this machine for an answer, not for
/// a better one.
pub(crate) fn improver(answered: FirstAnswer, models: &[ModelView]) -> Improver {
    let largest = |is_wanted: fn(&Residency) -> bool| {
        let found = models.iter().filter(|model| may_improve(answered, model));
        let found = found.filter(|model| is_wanted(&model.residency));
        let best = found.max_by_key(|model| (model.tier, Reverse(expected(answered, model))));
        best.map(|model| model.id.clone())
    };
    if let Some(id) = largest(|residency| *residency == Residency::Resident) {
        return Improver::Ask(id);
    }
    largest(|residency| *residency == Residency::Absent).map_or(Improver::None, Improver::Load)
}

fn may_improve(answered: FirstAnswer, model: &ModelView) -> bool {
    let may_be_sent = match model.location {
        Location::Here => true,
        Location::RemotePreferred => !answered.is_secret,
        Location::RemoteInNeed => false,
    };
    let is_larger = answered.tier.is_none_or(|tier| model.tier > tier);
    may_be_sent && is_larger && model.is_admitted && expected(answered, model) <= answered.left
}

/// Expected time of a model; zero if it was never measured, so that it is tried.
fn expected(answered: FirstAnswer, model: &ModelView) -> Duration {
    let n_prompt_tokens = answered.n_prompt_tokens.min(model.max_prompt_tokens);
    let n_tokens = typical_tokens(answered.mode);
    model.speed.map_or(Duration::ZERO, |speed| speed.expected(n_prompt_tokens, n_tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibration::Speed;

    const MS: Duration = Duration::from_millis(1);

    /// A model in memory that writes a line in 12 times `step`.
    fn model(id: &str, tier: Tier, step: Duration) -> ModelView {
        ModelView {
            id: id.into(),
            tier,
            location: Location::Here,
            speed: Some(Speed::new(Duration::ZERO, step)),
            quality: None,
            max_prompt_tokens: 448,
            has_read: false,
            residency: Residency::Resident,
            is_admitted: true,
        }
    }

    fn after(tier: Option<Tier>) -> FirstAnswer {
        let (mode, n_prompt_tokens, left) = (Mode::Line, 20, 2_000 * MS);
        FirstAnswer { tier, mode, n_prompt_tokens, left, is_secret: false }
    }

    fn ask(id: &str) -> Improver {
        Improver::Ask(id.into())
    }

    #[test]
    fn the_largest_that_ends_in_time_is_asked() {
        let models = [
            model("small", Tier::Small, MS),
            model("medium", Tier::Medium, 5 * MS),
            model("slow", Tier::Medium, 9 * MS),
            model("large", Tier::Large, 30 * MS),
        ];
        let check = |tier, left, expected, why: &str| {
            let answered = FirstAnswer { left, ..after(tier) };
            assert_eq!(improver(answered, &models), expected, "{why}");
        };
        check(Some(Tier::Small), 2_000 * MS, ask("large"), "the largest");
        check(Some(Tier::Small), 100 * MS, ask("medium"), "which is too slow here");
        check(Some(Tier::Large), 2_000 * MS, Improver::None, "none is larger");
        check(Some(Tier::Small), 10 * MS, Improver::None, "none ends in time");
        check(None, 20 * MS, ask("small"), "any is better than a copy from the snippet");
    }

    #[test]
    fn a_model_that_is_not_in_memory_is_loaded_for_the_next_time() {
        let check = |residency, expected| {
            let models = [ModelView { residency, ..model("large", Tier::Large, MS) }];
            assert_eq!(improver(after(Some(Tier::Small)), &models), expected);
        };
        check(Residency::Absent, Improver::Load("large".into()));
        check(Residency::Loading, Improver::None);
        check(Residency::Stuck, Improver::None);
        // A better answer is not worth another model's place.
        check(Residency::AbsentNeedsEviction, Improver::None);
    }

    #[test]
    fn code_leaves_the_machine_only_where_that_is_preferred() {
        let check = |location, is_secret, expected| {
            let models = [ModelView { location, ..model("far", Tier::Large, MS) }];
            let answered = FirstAnswer { is_secret, ..after(Some(Tier::Small)) };
            assert_eq!(improver(answered, &models), expected, "{location:?}, {is_secret}");
        };
        check(Location::RemotePreferred, false, ask("far"));
        check(Location::RemotePreferred, true, Improver::None);
        check(Location::RemoteInNeed, false, Improver::None);
    }

    #[test]
    fn a_model_that_fails_is_left_alone() {
        let models = [ModelView { is_admitted: false, ..model("large", Tier::Large, MS) }];
        assert_eq!(improver(after(None), &models), Improver::None);
    }
}
