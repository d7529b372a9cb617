//! The metrics in Prometheus' text format, version 0.0.4.

use std::fmt::Write;

use super::{Counter, Metrics, StageStats};
use crate::catalog::ModelId;

/// The state that is dumped beside the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// What models may take.
    pub budget_bytes: u64,
    /// What each model in memory takes.
    pub resident_bytes: Vec<(ModelId, u64)>,
    /// Where each model's breaker stands.
    pub breakers: Vec<(ModelId, &'static str)>,
}

pub(super) fn text(metrics: &Metrics, gauges: &Gauges) -> String {
    let mut dump = Dump::default();
    for counter in Counter::ALL {
        let (name, help) = counter.about();
        let name = format!("pounce_{name}_total");
        dump.head(&name, help, "counter");
        dump.line(&name, &[], metrics.get(counter));
    }
    dump.head("pounce_answers_total", "Answers by their source.", "counter");
    for (source, count) in metrics.sources() {
        dump.line("pounce_answers_total", &[("source", source)], count);
    }
    dump.gauges(gauges);
    dump.stages(&metrics.stages());
    dump.0
}

#[derive(Default)]
struct Dump(String);

impl Dump {
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> =
            labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escape(text))).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.write(format_args!("{name}{labels} {value}\n"));
    }

    fn gauges(&mut self, gauges: &Gauges) {
        self.head("pounce_memory_budget_bytes", "Memory that models may take.", "gauge");
        self.line("pounce_memory_budget_bytes", &[], gauges.budget_bytes);
        self.head(
            "pounce_model_resident_bytes",
            "Memory that a loaded model takes, as measured.",
            "gauge",
        );
        for (id, bytes) in &gauges.resident_bytes {
            self.line("pounce_model_resident_bytes", &[("model", id.as_str())], bytes);
        }
        self.head("pounce_breaker_state", "1 for the state that a model's breaker is in.", "gauge");
        for (id, state) in &gauges.breakers {
            self.line("pounce_breaker_state", &[("model", id.as_str()), ("state", state)], 1);
        }
    }

    fn stages(&mut self, stages: &[StageStats]) {
        const NAME: &str = "pounce_stage_seconds";
        self.head(NAME, "Time of each stage of a request.", "summary");
        for stats in stages {
            let model = stats.model.as_ref().map_or("", ModelId::as_str);
            let labels = [("model", model), ("stage", stats.stage.name())];
            for (quantile, time) in [("0.5", stats.p50), ("0.95", stats.p95), ("0.99", stats.p99)] {
                let labels = [labels[0], labels[1], ("quantile", quantile)];
                self.line(NAME, &labels, time.as_secs_f64());
            }
            self.line("pounce_stage_seconds_sum", &labels, stats.sum.as_secs_f64());
            self.line("pounce_stage_seconds_count", &labels, stats.count);
        }
    }

    fn write(&mut self, line: std::fmt::Arguments<'_>) {
        self.0.write_fmt(line).expect("writing to a string does not fail");
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
