use super::*;
use crate::calibration::Speed;
use crate::routing::complexity::Complexity;
use crate::routing::{Location, Preference, Residency};
use pounce_engine::Mode;
use pounce_models::catalog::{ContextKind, ContextQuality, Tier};
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

fn question() -> Question {
    Question {
        complexity: Complexity::default(),
        mode: Mode::Line,
        kind: ContextKind::StandingAlone,
        n_prompt_tokens: 40,
        to_target: 90 * MS,
        to_maximum: 190 * MS,
        preference: Preference::Balanced,
        pinned: None,
        is_secret: false,
    }
}

/// A model that is right in these shares of contexts, and reads and writes a token in this time.
fn model([alone, suffix]: [f64; 2], encode_us: u64, decode_us: u64) -> ModelView {
    let us = Duration::from_micros;
    ModelView {
        id: "".into(),
        tier: Tier::Small,
        location: Location::Here,
        speed: Some(Speed::new(us(encode_us), us(decode_us))),
        quality: Some(ContextQuality { standing_alone: alone, prefix: 0.2, suffix, block: 0.5 }),
        max_prompt_tokens: 4_000,
        has_read: false,
        residency: Residency::Resident,
        is_admitted: true,
    }
}

fn small() -> ModelView {
    model([0.15, 0.27], 40, 800)
}

fn large() -> ModelView {
    model([0.35, 0.20], 1_400, 14_000)
}

fn decide(question: &Question, probability: f64, large: &ModelView) -> Result<Choice, SkipReason> {
    let small = small();
    let answered = Answered { model: &small, probability: Some(probability), n_tokens: 5 };
    next(question, answered, large)
}

#[test]
fn a_sure_answer_stands_and_an_unsure_one_does_not() {
    let check = |kind: ContextKind, probability: f64, is_asked: bool| {
        let read = ModelView { has_read: true, ..large() };
        let found = decide(&Question { kind, ..question() }, probability, &read);
        assert_eq!(found.is_ok(), is_asked, "{kind:?} at {probability}: {found:?}");
    };
    check(ContextKind::StandingAlone, 0.1, true);
    check(ContextKind::StandingAlone, 0.3, true);
    check(ContextKind::StandingAlone, 0.9, false);
    check(ContextKind::Suffix, 0.05, false);
    check(ContextKind::Suffix, 0.3, false);
}

#[test]
fn what_takes_longer_has_to_be_worth_more() {
    let read = ModelView { has_read: true, ..large() };
    assert!(decide(&question(), 0.85, &read).is_ok());
    let found = decide(&question(), 0.85, &large());
    assert!(matches!(found, Err(SkipReason::NotWorthIt { .. })), "it has to read first: {found:?}");
}

#[test]
fn only_what_ends_by_the_maximum_is_asked() {
    let hurried = Question { to_maximum: 100 * MS, ..question() };
    let needs = Duration::from_micros(40 * 1_400 + 5 * 14_000);
    let expected = Err(SkipReason::TooSlow { needs, left: 100 * MS });
    assert_eq!(decide(&hurried, 0.1, &large()), expected);
    let read = ModelView { has_read: true, ..large() };
    assert!(decide(&hurried, 0.1, &read).is_ok(), "it has read the prompt, and writes for 70 ms");
}

#[test]
fn an_answer_of_unknown_probability_is_as_good_as_its_model() {
    let small = small();
    let answered = Answered { model: &small, probability: None, n_tokens: 5 };
    assert!(next(&question(), answered, &large()).is_ok());
    let inside = Question { kind: ContextKind::Suffix, ..question() };
    assert!(next(&inside, answered, &large()).is_err(), "the small one is better there");
}

proptest! {
    /// The surer an answer is, the less another model is asked.
    #[test]
    fn a_surer_answer_never_needs_another_model_more(a in 0.0..1.0_f64, b in 0.0..1.0_f64, suffix in any::<bool>()) {
        let kind = if suffix { ContextKind::Suffix } else { ContextKind::StandingAlone };
        let question = Question { kind, ..question() };
        // Below this the model that is asked is nearly as unsure.
        let (less, more) = (a.min(b).max(0.2), a.max(b).max(0.2));
        if decide(&question, more, &large()).is_ok() {
            let is_asked = decide(&question, less, &large()).is_ok();
            prop_assert!(is_asked, "{} and {}", less, more);
        }
    }
}
