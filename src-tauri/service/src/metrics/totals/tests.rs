use super::*;
use crate::confidence::{Level, Tally};
use crate::metrics::{Gauges, KeptLevel};
use crate::request::{Completion, CompletionSource};
use pounce_engine::StageTimings;

fn record(model: Option<&str>, elapsed_ms: u64) -> RequestRecord {
    let source = model.map_or(CompletionSource::None, |id| CompletionSource::Model(id.into()));
    let timings =
        StageTimings { decode: Duration::from_millis(elapsed_ms / 2), ..StageTimings::default() };
    let elapsed = Duration::from_millis(elapsed_ms);
    let completion = Completion { source, timings, elapsed, ..Completion::empty(vec![]) };
    RequestRecord { met_target: elapsed_ms <= 100, ..RequestRecord::of(&completion) }
}

#[test]
fn every_request_is_counted() {
    let mut metrics = Metrics::default();
    for elapsed_ms in 0..1_500 {
        metrics.record(&record(None, elapsed_ms));
    }
    assert_eq!(metrics.get(Counter::Requests), 1_500, "counters see all");
    assert_eq!(metrics.get(Counter::TargetMissed), 1_399, "those above 100 ms");
}

#[test]
fn percentiles_are_kept_by_model_and_stage() {
    let mut metrics = Metrics::default();
    for elapsed_ms in 1..=100 {
        metrics.record(&record(Some("a"), elapsed_ms));
        metrics.record(&record(Some("b"), 1_000));
    }
    let of = |model: &str, stage| {
        let id = ModelId::from(model);
        let mut stages = metrics.stages();
        let found = stages.find(|(model, found, _)| *model == Some(&id) && *found == stage);
        found.map(|(_, _, times)| {
            let [p50, p99] = [0.5, 0.99].map(|share| times.quantile(share).as_millis());
            (times.count(), p50, p99)
        })
    };
    assert_eq!(of("a", Stage::Total), Some((100, 50, 99)));
    assert_eq!(of("a", Stage::Encode), None, "a stage that never ran has no percentiles");
    assert_eq!(of("b", Stage::Decode).map(|(count, ..)| count), Some(100));
}

#[test]
fn the_clipboard_is_a_stage_of_the_request_that_used_it() {
    let mut metrics = Metrics::default();
    let ms = Duration::from_millis;
    let model = ModelId::from("a");
    let read = ClipboardTimes { read: ms(3), write: Duration::ZERO };
    metrics.record_clipboard(Some(&model), read);
    let stages: Vec<_> = metrics.stages().collect();
    let count = |stage| stages.iter().find(|(_, s, _)| *s == stage).map(|(.., t)| t.count());
    assert_eq!(count(Stage::ClipboardRead), Some(1), "of a known model");
    assert_eq!(count(Stage::ClipboardWrite), None, "what did not happen has no time");
    let (found, _, times) = stages[0];
    assert_eq!((found, times.max().as_millis()), (Some(&model), 3), "beside that model's stages");
}

#[test]
fn the_dump_is_prometheus_text() {
    let mut metrics = Metrics::default();
    let applied = vec!["rest-of-line"];
    metrics.record(&RequestRecord { applied, ..record(Some("a\"b"), 20) });
    metrics.count(Counter::CacheHits);
    let gauges = Gauges {
        budget_bytes: 1_000,
        resident_bytes: vec![("a\"b".into(), 700)],
        breakers: vec![("a\"b".into(), "open")],
        kept: vec![KeptLevel {
            level: Level::Sure,
            half_minute: Tally { kept: 3, gone: 1 },
            five_minutes: Tally::default(),
        }],
    };
    let text = metrics.to_text(&gauges);
    for line in [
        "pounce_requests_total 1",
        "pounce_answers_total{source=\"model\"} 1",
        "pounce_filtered_total{filter=\"rest-of-line\",outcome=\"changed\"} 1",
        "pounce_cache_hits_total 1",
        "pounce_stuck_runs_total 0",
        "pounce_memory_budget_bytes 1000",
        "pounce_model_resident_bytes{model=\"a\\\"b\"} 700",
        "pounce_looked_for_total{level=\"sure\",after=\"30s\",outcome=\"kept\"} 3",
        "pounce_looked_for_total{level=\"sure\",after=\"300s\",outcome=\"gone\"} 0",
        "pounce_breaker_state{model=\"a\\\"b\",state=\"open\"} 1",
        "pounce_stage_seconds_count{model=\"a\\\"b\",stage=\"total\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} should be in\n{text}");
    }
    assert!(
        text.lines().all(|line| line.starts_with('#') || line.starts_with("pounce_")),
        "{text}"
    );
}

#[test]
fn clearing_forgets() {
    let mut metrics = Metrics::default();
    metrics.record(&record(None, 1));
    metrics.clear();
    assert_eq!((metrics.stages().count(), metrics.get(Counter::Requests)), (0, 0));
}
