//! [`Report`]: what `pounce eval --project` prints.

use std::time::Duration;

use pounce_project::Projects;
use pounce_service::units::ms;
use serde::Serialize;

use super::places::Places;
use crate::percentiles::Percentiles;
use crate::table::Table;

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) model: String,
    pub(super) cases: usize,
    /// Lines on the clipboard.
    pub(super) lines: u32,
    pub(super) index: Index,
    pub(super) places: Places,
    /// Of looking for the place.
    pub(super) search: Percentiles,
    pub(super) rows: Vec<Row>,
}

/// What reading the project took.
#[derive(Debug, Serialize)]
pub(super) struct Index {
    files: usize,
    lines: usize,
    read_ms: f64,
    bytes: u64,
}

impl Index {
    pub(super) fn of(projects: &Projects, took: Duration) -> Self {
        let status = projects.status();
        Self {
            files: status.iter().map(|folder| folder.n_files).sum(),
            lines: status.iter().map(|folder| folder.n_lines).sum(),
            read_ms: ms(took),
            bytes: projects.size_bytes(),
        }
    }
}

/// Figures of one way to complete the cases.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) context: &'static str,
    pub(super) exact_match: f64,
    /// Of looking for the place and completing.
    pub(super) latency: Percentiles,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { model, cases, lines, index, places, search, rows } = self;
        writeln!(f, "{model}: {cases} cases, {lines} lines of each")?;
        let Index { files, lines, read_ms, bytes } = index;
        let megabytes = bytes >> 20;
        writeln!(f, "{files} files, {lines} lines, read in {read_ms:.0} ms, {megabytes} MB")?;
        let Places { right, wrong, missed, ambiguous } = places;
        writeln!(
            f,
            "places: {right} right, {wrong} wrong, {missed} missed, {ambiguous} ambiguous; \
             p50 {:.2} ms, p95 {:.2} ms",
            search.p50_ms, search.p95_ms
        )?;
        let mut table = Table::new(["context", "exact match", "latency p50", "p95"]);
        for Row { context, exact_match, latency } in rows {
            table.push([
                (*context).to_owned(),
                format!("{exact_match:.3}"),
                format!("{:.1} ms", latency.p50_ms),
                format!("{:.1} ms", latency.p95_ms),
            ]);
        }
        write!(f, "{table}")
    }
}
