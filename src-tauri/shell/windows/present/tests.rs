//! One state in one word, and stages that add up.

use pounce_engine::StageTimings;
use pounce_service::{Completion, Measured, ModelStatus, Tier};

use super::*;
use crate::clipboard::Refusal;
use crate::completer::Times;

fn model(name: &str, state: service::ModelState) -> ModelStatus {
    ModelStatus {
        id: name.into(),
        name: name.into(),
        tier: Tier::Small,
        state,
        disk_bytes: 1,
        resident_bytes: None,
        measured: Measured::default(),
        breaker: service::BreakerState::Closed,
        is_admitted: true,
        is_default: true,
        is_pinned: false,
        remote: None,
    }
}

fn hotkey(state: HotkeyState) -> HotkeyStatus {
    HotkeyStatus {
        mode: Mode::Line,
        keys: "Ctrl+K".into(),
        state,
        message: None,
        command: String::new(),
    }
}

/// Models and hotkeys, and the state with its reason that they come to.
type Case<'a> = (&'a [ModelStatus], &'a [HotkeyStatus], AppState, Option<&'a str>);

#[test]
fn the_state_is_the_worst_that_the_user_should_know() {
    use service::ModelState::{Absent, Failed, Loading, Warm};
    let failed = Failed { message: "no such file".into() };
    let resting = ModelStatus { is_admitted: false, ..model("m", Warm) };
    let fine = [hotkey(HotkeyState::Working)];
    let taken = [hotkey(HotkeyState::Working), hotkey(HotkeyState::Taken)];
    let off = [hotkey(HotkeyState::Off), hotkey(HotkeyState::Unavailable)];
    let cases: [Case<'_>; 8] = [
        (&[model("m", Warm)], &fine, AppState::Ready, None),
        (&[model("m", Absent)], &fine, AppState::Ready, None),
        (&[model("m", Loading)], &fine, AppState::Loading, Some("loading m")),
        (&[], &fine, AppState::Degraded, Some("no model is installed")),
        (&[model("m", failed)], &fine, AppState::Degraded, Some("m could not be loaded")),
        (&[resting], &fine, AppState::Degraded, Some("m failed too often and rests")),
        (&[model("m", Warm)], &taken, AppState::Degraded, Some("another program holds Ctrl+K")),
        (&[model("m", Warm)], &off, AppState::Ready, None),
    ];
    for (models, hotkeys, expected, detail) in cases {
        let (state, why) = app_state(false, false, models, hotkeys);
        assert_eq!((state, why.as_deref()), (expected, detail), "with {models:?} and {hotkeys:?}");
    }
    assert_eq!(
        app_state(true, true, &[], &[]).0,
        AppState::Paused,
        "paused wins: nothing will happen"
    );
    assert_eq!(
        app_state(false, true, &[model("m", Warm)], &fine).0,
        AppState::Working,
        "then working"
    );
}

#[test]
fn a_pinned_model_is_the_wanted_one() {
    let pinned = ModelStatus {
        is_pinned: true,
        is_default: false,
        ..model("pinned", service::ModelState::Absent)
    };
    let models = [model("default", service::ModelState::Warm), pinned];
    assert_eq!(wanted_model(&models).unwrap().name, "pinned", "the user's word counts");
    assert_eq!(wanted_model(&models[..1]).unwrap().name, "default", "else the default");
}

fn report(outcome: Outcome, completion: Completion) -> Report {
    let millis = Duration::from_millis;
    let times = Times { read: millis(2), write: millis(3), total: millis(70) };
    Report {
        outcome,
        completion: Some(completion),
        times,
        ..Report::new(4, pounce_engine::Mode::Block)
    }
}

fn completion() -> Completion {
    let millis = Duration::from_millis;
    let timings = StageTimings {
        tokenize: millis(1),
        encode: millis(30),
        first_token: millis(4),
        decode: millis(20),
        detokenize: Duration::from_micros(500),
    };
    Completion {
        id: 9,
        text: "x".into(),
        source: service::CompletionSource::Model("m".into()),
        sent_to: Some("far".into()),
        is_partial: false,
        finish: Some(FinishReason::Stop),
        timings,
        n_tokens: 5,
        n_prompt_tokens: 50,
        elapsed: millis(60),
        reasons: Vec::new(),
    }
}

#[test]
fn stages_add_up_to_the_total() {
    let record = record(&report(Outcome::Appended, completion()), TimeLimits::default()).unwrap();
    let Stages {
        clipboard_ms,
        tokenize_ms,
        encode_ms,
        first_token_ms,
        decode_ms,
        detokenize_ms,
        write_ms,
        other_ms,
    } = record.stages;
    let sum = clipboard_ms
        + tokenize_ms
        + encode_ms
        + first_token_ms
        + decode_ms
        + detokenize_ms
        + write_ms
        + other_ms;
    assert!((sum - record.total_ms).abs() < 1e-9, "{sum} is {}", record.total_ms);
    assert!((other_ms - 9.5).abs() < 1e-9, "what no stage holds has its own: {other_ms}");
    assert_eq!(
        (record.id, record.mode, record.n_tokens),
        (4, Mode::Block, 5),
        "the rest is carried over"
    );
    assert!(record.met_target && record.met_maximum, "70 ms is within 100");
}

#[test]
fn how_a_request_ended_is_told() {
    let cut = Completion { is_partial: true, ..completion() };
    let long = Completion { finish: Some(FinishReason::Length), ..completion() };
    let missed = Completion {
        reasons: vec![Reason::DeadlineMissed("m".into())],
        finish: None,
        ..completion()
    };
    let crashed = Completion {
        reasons: vec![Reason::ModelCrashed("m".into())],
        finish: None,
        ..completion()
    };
    let cases = [
        (Outcome::Appended, completion(), Finish::Complete),
        (Outcome::Appended, cut, Finish::Deadline),
        (Outcome::Appended, long, Finish::Length),
        (Outcome::Nothing(None), missed, Finish::Deadline),
        (Outcome::Replaced, crashed, Finish::Failed),
        (Outcome::Cancelled, completion(), Finish::Cancelled),
        (Outcome::LeftAlone(Refusal::Changed), completion(), Finish::Failed),
    ];
    for (outcome, completion, expected) in cases {
        let report = report(outcome, completion);
        let record = record(&report, TimeLimits::default()).unwrap();
        assert_eq!(record.finish, expected, "{:?} with {:?}", report.outcome, report.completion);
    }
}

#[test]
fn a_request_that_was_refused_unread_is_no_request_of_the_service() {
    let report = Report {
        outcome: Outcome::LeftAlone(Refusal::Image),
        ..Report::new(1, pounce_engine::Mode::Line)
    };
    assert_eq!(
        record(&report, TimeLimits::default()),
        None,
        "the dashboard shows latency, and there is none"
    );
}

#[test]
fn modes_cross_both_ways() {
    for mode in [Mode::Line, Mode::Block] {
        assert_eq!(Mode::from(pounce_engine::Mode::from(mode)), mode, "nothing is lost on the way");
    }
    assert_eq!(Mode::from(pounce_engine::Mode::Free), Mode::Block, "the windows know no free run");
}
