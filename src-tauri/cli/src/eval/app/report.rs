//! [`Report`]: the share that is right, the time, and which model answered.

use std::time::Duration;

use pounce_engine::DraftCounts;
use pounce_service::percentiles::Percentiles;
use serde::Serialize;

use crate::table::Table;

/// One answer.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// The model, or what else it came from.
    pub(super) by: String,
    pub(super) completion: String,
    pub(super) is_right: bool,
    /// How many models were asked.
    pub(super) asked: usize,
    pub(super) probability: Option<f64>,
    #[serde(skip)]
    pub(super) elapsed: Duration,
    pub(super) drafts: DraftCounts,
    pub(super) reasons: Vec<String>,
}

/// The answers of one source, or all.
#[derive(Debug, Serialize)]
struct Row {
    by: String,
    /// The share of all answers.
    answered: f64,
    right: f64,
    /// The share for which more than one model was asked.
    escalated: f64,
    latency: Percentiles,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    cases: usize,
    rows: Vec<Row>,
    drafts: DraftCounts,
    answers: Vec<Answer>,
}

impl Report {
    /// Of `answers`, which must not be empty.
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        let mut sources: Vec<&str> = answers.iter().map(|answer| answer.by.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        let row = |by: &str, is_of: &dyn Fn(&Answer) -> bool| {
            let of: Vec<&Answer> = answers.iter().filter(|answer| is_of(answer)).collect();
            let share = |is: fn(&Answer) -> bool| {
                of.iter().filter(|answer| is(answer)).count() as f64 / of.len() as f64
            };
            Row {
                by: by.to_owned(),
                answered: of.len() as f64 / answers.len() as f64,
                right: share(|answer| answer.is_right),
                escalated: share(|answer| answer.asked > 1),
                latency: Percentiles::of(of.iter().map(|answer| answer.elapsed)),
            }
        };
        let mut rows: Vec<Row> =
            sources.iter().map(|by| row(by, &|answer| answer.by == *by)).collect();
        rows.push(row("all", &|_| true));
        let mut drafts = DraftCounts::default();
        answers.iter().for_each(|answer| drafts += answer.drafts);
        Self { cases: answers.len(), rows, drafts, answers }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} cases, as the app answers", self.cases)?;
        let mut table =
            Table::new(["answered by", "share", "right", "others asked", "latency p50", "p95"]);
        for row in &self.rows {
            table.push([
                row.by.clone(),
                format!("{:.2}", row.answered),
                format!("{:.2}", row.right),
                format!("{:.2}", row.escalated),
                format!("{:.1} ms", row.latency.p50_ms),
                format!("{:.1} ms", row.latency.p95_ms),
            ]);
        }
        write!(f, "{table}")?;
        let DraftCounts { code, recent, proposal, project } = self.drafts;
        let others = [("another model", proposal), ("the project", project)];
        for (name, count) in [("code", code), ("recent", recent)].into_iter().chain(others) {
            writeln!(f, "drafted from {name}: {} tokens, {} right", count.guessed, count.accepted)?;
        }
        Ok(())
    }
}
