//! [`Report`]: what `pounce eval --calibration` prints.

use std::collections::BTreeMap;

use pounce_service::confidence::Level;
use serde::Serialize;

use super::judged::{Judged, Summary, auroc, brier_score, calibration_error, reliability, summary};
use crate::table::Table;

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    model: String,
    /// Completions with a text and a probability.
    cases: usize,
    /// All of them, then those of each language.
    rows: Vec<Row>,
    /// The lowest first.
    levels: Vec<Range>,
    /// Ten ranges of the probability, the lowest first; without empty ones.
    reliability: Vec<Range>,
}

/// Measures of some of the completions.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    cases: usize,
    right: f64,
    calibration_error: f64,
    brier_score: f64,
    /// `None` if all are right or all wrong.
    auroc: Option<f64>,
}

/// Completions of similar probability.
#[derive(Debug, Serialize)]
struct Range {
    /// The level; empty of a range.
    name: &'static str,
    cases: usize,
    expected: f64,
    right: f64,
}

impl Report {
    pub(super) fn new(model: &str, judged: Vec<Judged>) -> Self {
        let mut languages: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
        for it in &judged {
            languages.entry(&it.language).or_default().push(it.clone());
        }
        let by_language = languages.iter().map(|(name, judged)| Row::new(name, judged));
        let of_level = |level: Level| {
            let judged = judged.iter().filter(|it| it.confidence.level == level);
            Some(Range::new(level.name(), &summary(judged)?))
        };
        let ranges = reliability(&judged, 10);
        Self {
            model: model.to_owned(),
            cases: judged.len(),
            rows: [Row::new("all", &judged)].into_iter().chain(by_language).collect(),
            levels: Level::ALL.into_iter().filter_map(of_level).collect(),
            reliability: ranges.iter().map(|range| Range::new("", range)).collect(),
        }
    }

    fn measures(&self) -> Table {
        let mut table = Table::new(["language", "cases", "right", "ECE", "Brier", "AUROC"]);
        for row in &self.rows {
            table.push([
                row.name.clone(),
                row.cases.to_string(),
                format!("{:.3}", row.right),
                format!("{:.3}", row.calibration_error),
                format!("{:.3}", row.brier_score),
                row.auroc.map_or_else(|| "-".to_owned(), |auroc| format!("{auroc:.3}")),
            ]);
        }
        table
    }

    fn ranges(&self) -> Table {
        let mut table = Table::new(["level", "cases", "expected", "right"]);
        for range in self.levels.iter().chain(&self.reliability) {
            table.push([
                range.name.to_owned(),
                range.cases.to_string(),
                format!("{:.3}", range.expected),
                format!("{:.3}", range.right),
            ]);
        }
        table
    }
}

impl Row {
    fn new(name: &str, judged: &[Judged]) -> Self {
        let right = summary(judged.iter()).map_or(0.0, |summary| summary.right);
        Self {
            name: name.to_owned(),
            cases: judged.len(),
            right,
            calibration_error: calibration_error(judged),
            brier_score: brier_score(judged),
            auroc: auroc(judged),
        }
    }
}

impl Range {
    fn new(name: &'static str, &Summary { n, expected, right }: &Summary) -> Self {
        Self { name, cases: n, expected, right }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {} completions with a probability", self.model, self.cases)?;
        writeln!(f, "{}", self.measures())?;
        write!(f, "{}", self.ranges())
    }
}
