//! [`Report`]: the shares of each language, and every answer.

use std::time::Duration;

use serde::Serialize;

use crate::percentiles::Percentiles;
use crate::table::Table;

/// What became of one snippet.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    pub(super) language: &'static str,
    pub(super) prefix: String,
    pub(super) completion: String,
    /// `None` where there is no grammar for the language.
    pub(super) parses: Option<bool>,
    pub(super) is_accepted: bool,
    pub(super) prompt_tokens: usize,
    #[serde(skip)]
    pub(super) latency: Duration,
}

/// Shares of one language, or of all.
#[derive(Debug, Serialize)]
struct Row {
    language: &'static str,
    snippets: usize,
    /// Of the snippets that have a grammar.
    parses: Option<f64>,
    accepted: f64,
    latency: Percentiles,
}

impl Row {
    /// Of `answers`, which must not be empty.
    fn of(language: &'static str, answers: &[&Answer]) -> Self {
        let parses: Vec<bool> = answers.iter().filter_map(|answer| answer.parses).collect();
        let accepted: Vec<bool> = answers.iter().map(|answer| answer.is_accepted).collect();
        Self {
            language,
            snippets: answers.len(),
            parses: share(&parses),
            accepted: share(&accepted).unwrap_or(f64::NAN),
            latency: Percentiles::of(answers.iter().map(|answer| answer.latency)),
        }
    }
}

/// How much of `flags` is set; `None` if there are none.
fn share(flags: &[bool]) -> Option<f64> {
    let n_set = flags.iter().filter(|is_set| **is_set).count();
    (!flags.is_empty()).then(|| n_set as f64 / flags.len() as f64)
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    rows: Vec<Row>,
    answers: Vec<Answer>,
}

impl Report {
    pub(super) fn new(model: String, answers: Vec<Answer>) -> Self {
        let all: Vec<&Answer> = answers.iter().collect();
        let by_language = all.chunk_by(|a, b| a.language == b.language);
        let mut rows: Vec<Row> =
            by_language.map(|answers| Row::of(answers[0].language, answers)).collect();
        rows.push(Row::of("all", &all));
        Self { model, rows, answers }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: snippets that stand alone, one line each, greedy", self.model)?;
        let mut table =
            Table::new(["language", "snippets", "parses", "accepted", "latency p50", "p95"]);
        for row in &self.rows {
            table.push([
                row.language.to_owned(),
                row.snippets.to_string(),
                row.parses.map_or("–".to_owned(), |share| format!("{share:.2}")),
                format!("{:.2}", row.accepted),
                format!("{:.1} ms", row.latency.p50_ms),
                format!("{:.1} ms", row.latency.p95_ms),
            ]);
        }
        write!(f, "{table}")
    }
}
