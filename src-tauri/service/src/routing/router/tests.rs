use super::*;
use crate::calibration::Speed;
use crate::pool::memory::Shortage;
use crate::routing::Location;
use crate::routing::complexity::Complexity;
use pounce_engine::Mode;
use pounce_models::catalog::{ContextKind, ContextQuality};
use proptest::prelude::*;

const MS: Duration = Duration::from_millis(1);

fn simple() -> Complexity {
    Complexity { n_lines: 2, n_identifiers: 3, ..Complexity::default() }
}

fn complex() -> Complexity {
    Complexity {
        n_lines: 200,
        max_nesting: 20,
        n_branches: 60,
        n_identifiers: 200,
        n_open_lines: 120,
        is_parsed: true,
    }
}

fn question(complexity: Complexity) -> Question {
    Question {
        complexity,
        mode: Mode::Line,
        kind: ContextKind::StandingAlone,
        n_prompt_tokens: 100,
        to_target: 100 * MS,
        to_maximum: 200 * MS,
        preference: Preference::Balanced,
        pinned: None,
        is_secret: false,
    }
}

/// A resident model whose tokens take that many microseconds to read and to write.
fn model(id: &str, tier: Tier, encode_us: u64, decode_us: u64) -> ModelView {
    let us = Duration::from_micros;
    ModelView {
        id: id.into(),
        tier,
        location: Location::Here,
        speed: Some(Speed::new(us(encode_us), us(decode_us))),
        quality: None,
        max_prompt_tokens: 448,
        has_read: false,
        residency: Residency::Resident,
        is_admitted: true,
    }
}

/// Small answers a line in 32 ms, medium in 92, large in 172.
fn fleet() -> Vec<ModelView> {
    vec![
        model("small", Tier::Small, 200, 1_000),
        model("medium", Tier::Medium, 500, 3_500),
        model("large", Tier::Large, 1_000, 6_000),
    ]
}

fn order(question: &Question, models: &[ModelView]) -> Vec<String> {
    route(question, models).candidates.iter().map(|candidate| candidate.id.to_string()).collect()
}

#[test]
fn a_quick_model_answers_first_and_the_best_one_is_next() {
    let route = route(&question(complex()), &fleet());
    let asked: Vec<_> = route.candidates.iter().map(|it| (it.id.as_str(), &it.choice)).collect();
    assert_eq!(asked[0], ("small", &Choice::First), "it loses the better ones no time");
    assert!(
        matches!(asked[1], ("large", Choice::Best { .. })),
        "it ends by the maximum: {asked:?}"
    );
    let hurried = Question { to_maximum: 95 * MS, ..question(complex()) };
    assert_eq!(order(&hurried, &fleet())[0], "medium", "the large one does not");
}

#[test]
fn of_two_models_that_are_as_fast_the_better_one_answers() {
    let quality = |standing_alone, suffix| {
        Some(ContextQuality { standing_alone, prefix: 0.2, suffix, block: 0.5 })
    };
    let of = |id, quality| ModelView { quality, ..model(id, Tier::Medium, 200, 1_000) };
    let models = [of("alone", quality(0.4, 0.1)), of("inside", quality(0.1, 0.4))];
    let inside = Question { kind: ContextKind::Suffix, ..question(simple()) };
    assert_eq!(order(&question(simple()), &models), ["alone", "inside"]);
    assert_eq!(order(&inside, &models), ["inside", "alone"]);
}

#[test]
fn what_a_model_has_no_time_to_read_is_worth_no_more_than_a_snippet() {
    let quality =
        |suffix| Some(ContextQuality { standing_alone: 0.1, prefix: 0.2, suffix, block: 0.5 });
    let slow = ModelView { quality: quality(0.5), ..model("slow", Tier::Large, 900, 1_000) };
    let models =
        [slow, ModelView { quality: quality(0.3), ..model("fast", Tier::Medium, 200, 4_000) }];
    let question =
        Question { kind: ContextKind::Suffix, n_prompt_tokens: 400, ..question(simple()) };
    assert_eq!(order(&question, &models)[0], "fast", "the slow one would see 96 tokens");
    let mut read = models;
    read[0].has_read = true;
    assert_eq!(order(&question, &read)[0], "slow", "it has read all of them");
}

#[test]
fn the_user_can_prefer_speed_or_quality() {
    let fast = Question { preference: Preference::Fast, ..question(complex()) };
    assert_eq!(order(&fast, &fleet())[0], "small");
    let best = Question { preference: Preference::Best, ..question(simple()) };
    assert_eq!(order(&best, &fleet())[0], "large", "it ends within the maximum");
}

#[test]
fn a_pinned_model_comes_first_and_others_stand_in() {
    let pinned = Question { pinned: Some("large".into()), ..question(simple()) };
    let found = route(&pinned, &fleet());
    assert_eq!(found.candidates[0].id.as_str(), "large");
    assert_eq!(found.candidates[0].choice, Choice::Pinned);
    assert_eq!(found.candidates.len(), 3, "if it fails, the others are asked");
}

#[test]
fn a_model_that_cannot_answer_is_skipped_with_the_reason() {
    let check = |change: fn(&mut ModelView), expected: SkipReason| {
        let mut models = fleet();
        change(&mut models[0]);
        let fast = Question { preference: Preference::Fast, ..question(simple()) };
        let found = route(&fast, &models);
        assert_eq!(found.skipped, [(ModelId::from("small"), expected)], "{found:?}");
        assert_eq!(found.candidates[0].id.as_str(), "medium", "the next best stands in");
        assert_eq!(found.candidates[0].choice, Choice::Substitute);
    };
    check(|model| model.is_admitted = false, SkipReason::BreakerOpen);
    check(|model| model.residency = Residency::Stuck, SkipReason::Stuck);
    check(|model| model.residency = Residency::Absent, SkipReason::NotLoaded);
    let shortage = Shortage::Budget { needed: 2, budget: 1, held: 0 };
    let mut models = fleet();
    models[0].residency = Residency::DoesNotFit(shortage);
    let found = route(&question(simple()), &models);
    assert_eq!(found.skipped, [(ModelId::from("small"), SkipReason::DoesNotFit(shortage))]);
}

#[test]
fn a_model_too_slow_for_a_useful_boundary_is_skipped_with_the_numbers() {
    let hurried = Question { to_target: Duration::ZERO, to_maximum: 30 * MS, ..question(simple()) };
    let found = route(&hurried, &fleet());
    let ids: Vec<_> = found.candidates.iter().map(|candidate| candidate.id.as_str()).collect();
    assert_eq!(ids, ["small"], "13 ms to read and 4 tokens of 1 ms fit");
    let needs = Duration::from_micros(64 * 500 + 4 * 3_500);
    assert!(
        found.skipped.contains(&("medium".into(), SkipReason::TooSlow { needs, left: 30 * MS })),
        "{found:?}"
    );
}

#[test]
fn if_all_are_too_slow_the_fastest_is_asked_all_the_same() {
    let hurried = Question { to_maximum: 5 * MS, ..question(simple()) };
    let found = route(&hurried, &fleet());
    assert_eq!(found.candidates.len(), 1);
    assert_eq!(
        (found.candidates[0].id.as_str(), &found.candidates[0].choice),
        ("small", &Choice::Fastest)
    );
    assert!(
        found.skipped.iter().all(|(id, _)| id.as_str() != "small"),
        "it is not skipped as well"
    );
}

#[test]
fn an_absent_model_that_would_come_first_is_worth_loading() {
    let check = |change: fn(&mut Vec<ModelView>), expected: Option<&str>| {
        let mut models = fleet();
        change(&mut models);
        let fast = Question { preference: Preference::Fast, ..question(simple()) };
        let found = route(&fast, &models).to_load;
        assert_eq!(found, expected.map(ModelId::from));
    };
    check(|_| {}, None);
    check(|models| models[0].residency = Residency::Absent, Some("small"));
    check(|models| models[0].residency = Residency::AbsentNeedsEviction, None);
    check(|models| models[1].residency = Residency::Absent, None);
    check(
        |models| models.iter_mut().for_each(|model| model.residency = Residency::Absent),
        Some("small"),
    );
    check(
        |models| {
            models[0].residency = Residency::Absent;
            models[0].is_admitted = false;
        },
        None,
    );
}

#[test]
fn a_better_model_is_loaded_beside_a_quick_one() {
    let mut models = fleet();
    models[2].residency = Residency::Absent;
    assert_eq!(route(&question(simple()), &models).to_load, Some("large".into()));
    let hurried = Question { to_maximum: 90 * MS, ..question(simple()) };
    assert_eq!(route(&hurried, &models).to_load, None, "it would not end in time");
}

#[test]
fn another_model_loses_its_place_only_for_a_pinned_one_or_in_need() {
    let check = |question: Question, others: Residency, expected: Option<&str>| {
        let mut models = fleet();
        models.iter_mut().for_each(|model| model.residency = others.clone());
        models[0].residency = Residency::AbsentNeedsEviction;
        assert_eq!(route(&question, &models).to_load, expected.map(ModelId::from));
    };
    let pinned = Question { pinned: Some("small".into()), ..question(simple()) };
    check(question(simple()), Residency::Resident, None);
    check(question(simple()), Residency::Stuck, Some("small"));
    check(pinned, Residency::Resident, Some("small"));
}

#[test]
fn a_model_that_was_never_measured_is_not_loaded_for_that_alone() {
    let mut models =
        vec![model("resident", Tier::Small, 200, 1_000), model("new", Tier::Small, 0, 0)];
    models[1].residency = Residency::Absent;
    models[1].speed = None;
    assert_eq!(route(&question(simple()), &models).to_load, None, "one of its tier can answer");
    models[1].tier = Tier::Medium;
    let complex = Question { complexity: complex(), ..question(simple()) };
    assert_eq!(route(&complex, &models).to_load, Some("new".into()), "it suits better");
}

#[test]
fn a_model_that_must_be_waited_for_comes_last() {
    let mut models = fleet();
    models[0].residency = Residency::Loading;
    let found = route(&question(simple()), &models);
    let ready: Vec<_> = found.candidates.iter().map(|candidate| candidate.is_ready).collect();
    assert_eq!(ready, [true, true, false]);
}

#[test]
fn a_model_that_was_never_measured_gets_its_chance() {
    let mut models = fleet();
    models[2].speed = None;
    let found = route(&question(complex()), &models);
    assert_eq!(found.candidates[0].choice, Choice::First, "the answer of a known one is kept");
    assert_eq!(found.candidates[1].id.as_str(), "large", "nothing speaks against it yet");
}

#[test]
fn another_machine_is_asked_in_need_or_if_the_user_prefers_it() {
    let check = |change: fn(&mut Question, &mut Vec<ModelView>), expected: &[&str]| {
        let mut question = question(simple());
        let far =
            ModelView { location: Location::RemoteInNeed, ..model("far", Tier::Small, 0, 100) };
        let mut models = vec![model("near", Tier::Large, 200, 3_000), far];
        change(&mut question, &mut models);
        assert_eq!(order(&question, &models), expected);
    };
    check(|_, _| {}, &["near", "far"]);
    check(|_, models| models[1].location = Location::RemotePreferred, &["far", "near"]);
    check(|question, _| question.pinned = Some("far".into()), &["far", "near"]);
    check(|_, models| models[0].is_admitted = false, &["far"]);
    check(|_, models| models[0].residency = Residency::Absent, &["far"]);
}

#[test]
fn another_machine_is_reached_for_only_where_it_would_be_asked() {
    let check = |location: Location, near: Residency, expected: Option<&str>| {
        let far = ModelView {
            location,
            residency: Residency::Absent,
            ..model("far", Tier::Small, 0, 100)
        };
        let near = ModelView { residency: near, ..model("near", Tier::Large, 200, 3_000) };
        let found = route(&question(simple()), &[near, far]).to_load;
        assert_eq!(found, expected.map(ModelId::from), "{location:?}");
    };
    check(Location::RemoteInNeed, Residency::Resident, None);
    check(Location::RemotePreferred, Residency::Resident, Some("far"));
    let shortage = Shortage::Budget { needed: 2, budget: 1, held: 0 };
    check(Location::RemoteInNeed, Residency::DoesNotFit(shortage), Some("far"));
    check(Location::RemoteInNeed, Residency::Absent, Some("near"));
}

#[test]
fn what_is_secret_goes_to_no_other_machine() {
    for location in [Location::RemotePreferred, Location::RemoteInNeed] {
        for residency in [Residency::Resident, Residency::Absent] {
            let far = ModelView { location, residency, ..model("far", Tier::Small, 0, 100) };
            let pinned = Some("far".into());
            let secret = Question { is_secret: true, pinned, ..question(simple()) };
            let found = route(&secret, &[far]);
            let skipped = vec![("far".into(), SkipReason::StaysHere)];
            assert_eq!(found, Route { skipped, ..Route::default() }, "not even if it is pinned");
        }
    }
}

fn any_residency() -> impl Strategy<Value = Residency> {
    prop_oneof![
        3 => Just(Residency::Resident),
        1 => Just(Residency::Loading),
        1 => Just(Residency::Stuck),
        1 => Just(Residency::Absent),
        1 => Just(Residency::AbsentNeedsEviction),
        1 => Just(Residency::DoesNotFit(Shortage::Pressure { needed: 1 })),
    ]
}

prop_compose! {
    fn any_model()(
        tier in prop_oneof![Just(Tier::Small), Just(Tier::Medium), Just(Tier::Large)],
        encode_us in 0_u64..3_000,
        decode_us in 0_u64..20_000,
        residency in any_residency(),
        is_admitted in prop::bool::weighted(0.8),
    ) -> ModelView {
        ModelView { residency, is_admitted, ..model("", tier, encode_us, decode_us) }
    }
}

proptest! {
    /// Every model is either asked or skipped; who is asked can answer; the order of the view does
    /// not matter.
    #[test]
    fn a_route_accounts_for_every_model(mut models in prop::collection::vec(any_model(), 0..6), left_ms in 0_u32..300) {
        for (number, model) in models.iter_mut().enumerate() {
            model.id = number.to_string().into();
        }
        let question = Question { to_maximum: MS * left_ms, to_target: MS * left_ms / 2, ..question(complex()) };
        let found = route(&question, &models);
        prop_assert_eq!(found.candidates.len() + found.skipped.len(), models.len());
        for candidate in &found.candidates {
            let model = models.iter().find(|model| model.id == candidate.id).expect("only known models");
            prop_assert!(model.is_admitted);
            prop_assert_eq!(candidate.is_ready, model.residency == Residency::Resident);
        }
        models.reverse();
        prop_assert_eq!(route(&question, &models), found);
    }
}
