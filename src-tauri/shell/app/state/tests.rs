//! The state in one word, from models and hotkeys.

use pounce_service::{Measured, ModelStatus, Tier};

use super::*;

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
        setting: "hotkeys.complete_line",
        keys: "Ctrl+K".into(),
        state,
        message: None,
        command: "",
    }
}

/// Models and hotkeys, and the expected state with its explanation.
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
        let (state, why) =
            app_state(UiLanguage::En, &RequestState::default(), models, hotkeys, true);
        assert_eq!((state, why.as_deref()), (expected, detail), "with {models:?} and {hotkeys:?}");
    }
    let idle = RequestState::default();
    let working = RequestState { is_working: true, ..RequestState::default() };
    let paused = RequestState { is_paused: true, ..working.clone() };
    let state = app_state(UiLanguage::En, &paused, &[], &[], true).0;
    assert_eq!(state, AppState::Paused, "paused wins: nothing will happen");
    assert_eq!(
        app_state(UiLanguage::En, &working, &[model("m", Warm)], &fine, true).0,
        AppState::Working,
        "then working"
    );
    let (state, why) = app_state(UiLanguage::En, &idle, &[model("m", Warm)], &fine, false);
    assert_eq!(
        (state, why.as_deref()),
        (AppState::Degraded, Some("the settings file has a mistake"))
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
    assert_eq!(wanted_model(&models).unwrap().name, "pinned", "pinned by the user");
    assert_eq!(wanted_model(&models[..1]).unwrap().name, "default", "else the default");
}
