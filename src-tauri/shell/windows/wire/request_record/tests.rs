//! Stages that add up, and how each request ended.

use std::time::Duration;

use pounce_engine::StageTimings;
use pounce_service::confidence::Confidence;
use pounce_service::{Completion, Rejection, RejectionReason};

use super::*;
use crate::clipboard::error::Refusal;
use crate::request::report::Times;

fn report(outcome: Outcome, completion: Completion) -> RequestReport {
    let millis = Duration::from_millis;
    let times = Times { read: millis(2), write: millis(3), total: millis(70) };
    RequestReport {
        outcome,
        completion: Some(completion),
        times,
        ..RequestReport::new(4, Mode::Block)
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
        alternatives: Vec::new(),
        log_prob: None,
        confidence: None,
        source: service::CompletionSource::Model("m".into()),
        applied: Vec::new(),
        sent_to: Some("far".into()),
        is_partial: false,
        finish: Some(FinishReason::Stop),
        timings,
        drafts: Default::default(),
        n_tokens: 5,
        n_prompt_tokens: 50,
        elapsed: millis(60),
        lookup: service::Lookup::Found("src/a.rs".into()),
        reasons: Vec::new(),
    }
}

#[test]
fn stages_add_up_to_the_total() {
    let record =
        record(&report(Outcome::Appended, completion()), TimeLimits::default(), UiLanguage::En)
            .unwrap();
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
fn every_end_of_a_request_has_its_finish() {
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
        let record = record(&report, TimeLimits::default(), UiLanguage::En).unwrap();
        assert_eq!(record.finish, expected, "{:?} with {:?}", report.outcome, report.completion);
    }
}

#[test]
fn filters_and_their_reasons_are_named() {
    let reason = RejectionReason::LineBelow;
    let rejection = Rejection { filter: "next-line", reason, is_complete: false };
    let source = service::CompletionSource::Model("m".into());
    let fitted = Completion {
        applied: vec!["rest-of-line"],
        reasons: vec![Reason::Rejected(source, rejection), Reason::DeadlineMissed("m".into())],
        ..completion()
    };
    let report = report(Outcome::Appended, fitted);
    let record = record(&report, TimeLimits::default(), UiLanguage::Es).unwrap();
    assert_eq!(record.applied, ["rest-of-line"], "what repaired the completion");
    let repeated = "el modelo repitió la línea de abajo";
    assert_eq!(record.rejections, [repeated], "and why the answer before it was not used");
}

#[test]
fn a_record_tells_how_sure_the_completion_is() {
    let level_of = |confidence| {
        let completion = Completion { confidence, ..completion() };
        record(&report(Outcome::Appended, completion), TimeLimits::default(), UiLanguage::En)
            .unwrap()
            .level
    };
    assert_eq!(level_of(None), None, "its source does not tell");
    let sure = Confidence { probability: 0.9, level: Level::Sure };
    assert_eq!(level_of(Some(sure)), Some(Level::Sure));
}

#[test]
fn a_request_that_was_refused_unread_has_no_record() {
    let report = RequestReport {
        outcome: Outcome::LeftAlone(Refusal::Image),
        ..RequestReport::new(1, Mode::Line)
    };
    assert_eq!(
        record(&report, TimeLimits::default(), UiLanguage::En),
        None,
        "the dashboard shows latency, and there is none"
    );
}

#[test]
fn the_file_that_was_read_is_named() {
    let of = |lookup| {
        let completion = Completion { lookup, ..completion() };
        let record =
            record(&report(Outcome::Appended, completion), TimeLimits::default(), UiLanguage::En)
                .unwrap();
        (record.place, record.file)
    };
    let file = || "src/a.rs".into();
    assert_eq!(of(service::Lookup::Found(file())), (Some(Place::Found), Some("src/a.rs".into())));
    assert_eq!(of(service::Lookup::Ambiguous(file())), (Some(Place::Ambiguous), None));
    let missed = service::Lookup::Missed(service::NoPlace::NotFound);
    assert_eq!(of(missed), (Some(Place::Missed), None));
    assert_eq!(of(service::Lookup::None), (None, None), "it was not looked for");
}
