//! The metrics in Prometheus' text format, version 0.0.4.

use std::fmt::Write;

use super::Counter;
use super::kept_level::KeptLevel;
use super::totals::Metrics;
use pounce_models::catalog::ModelId;

/// The state of the models, which is dumped beside the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Gauges {
    /// Memory that all models together may take.
    pub(crate) budget_bytes: u64,
    /// Memory that each loaded model takes.
    pub(crate) resident_bytes: Vec<(ModelId, u64)>,
    /// The state of each model's circuit breaker.
    pub(crate) breakers: Vec<(ModelId, &'static str)>,
    /// How many completions were kept, by level of confidence.
    pub(crate) kept: Vec<KeptLevel>,
}

impl Metrics {
    /// Everything in Prometheus' text format, with the given state of the models.
    pub(crate) fn to_text(&self, gauges: &Gauges) -> String {
        let mut dump = Dump::default();
        dump.counters(self);
        dump.gauges(gauges);
        dump.kept(&gauges.kept);
        dump.stages(self);
        dump.0
    }
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

    fn counters(&mut self, metrics: &Metrics) {
        for (counter, name, help) in Counter::ALL {
            let name = format!("pounce_{name}_total");
            self.head(&name, help, "counter");
            self.line(&name, &[], metrics.get(counter));
        }
        self.head("pounce_answers_total", "Answers by their source.", "counter");
        for (source, count) in metrics.sources() {
            self.line("pounce_answers_total", &[("source", source)], count);
        }
        self.head(
            "pounce_requests_by_origin_total",
            "Requests by where they came from.",
            "counter",
        );
        for (origin, count) in metrics.origins() {
            self.line("pounce_requests_by_origin_total", &[("origin", origin.name())], count);
        }
        const FILTERS: &str = "pounce_filtered_total";
        self.head(FILTERS, "Answers that a filter changed or rejected.", "counter");
        for (filter, outcome, count) in metrics.filters() {
            self.line(FILTERS, &[("filter", filter), ("outcome", outcome.name())], count);
        }
    }

    fn kept(&mut self, levels: &[KeptLevel]) {
        const KEPT: &str = "pounce_looked_for_total";
        self.head(KEPT, "Completions that were looked for in their files later.", "counter");
        for KeptLevel { level, half_minute, five_minutes } in levels {
            for (after, tally) in [("30s", half_minute), ("300s", five_minutes)] {
                for (outcome, count) in [("kept", tally.kept), ("gone", tally.gone)] {
                    let labels = [("level", level.name()), ("after", after), ("outcome", outcome)];
                    self.line(KEPT, &labels, count);
                }
            }
        }
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

    fn stages(&mut self, metrics: &Metrics) {
        const NAME: &str = "pounce_stage_seconds";
        self.head(NAME, "Time of each stage of a request.", "summary");
        for (model, stage, times) in metrics.stages() {
            let model = model.map_or("", ModelId::as_str);
            let labels = [("model", model), ("stage", stage.name())];
            for (text, quantile) in [("0.5", 0.5), ("0.95", 0.95), ("0.99", 0.99)] {
                let labels = [labels[0], labels[1], ("quantile", text)];
                self.line(NAME, &labels, times.quantile(quantile).as_secs_f64());
            }
            self.line("pounce_stage_seconds_sum", &labels, times.sum().as_secs_f64());
            self.line("pounce_stage_seconds_count", &labels, times.count());
        }
    }

    fn write(&mut self, line: std::fmt::Arguments<'_>) {
        self.0.write_fmt(line).expect("writing to a string does not fail");
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
