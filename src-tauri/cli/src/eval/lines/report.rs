//! [`Report`]: what `pounce eval` prints of lines.

use serde::Serialize;

use super::inside_line::InsideLineShares;
use crate::percentiles::Percentiles;
use crate::table::Table;

/// Figures of one way to show the context.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) context: &'static str,
    pub(super) exact_match: f64,
    /// The share of cases of which one of three candidates is exact.
    pub(super) exact_match_at_3: f64,
    pub(super) edit_similarity: f64,
    /// Of the first completion.
    pub(super) latency: Percentiles,
    /// Of looking for two others after it.
    pub(super) search: Percentiles,
    /// Of the cases whose cursor stands inside a line; `None` if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inside_line: Option<InsideLineShares>,
    pub(super) tokens_per_run: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) drafts: Option<Drafts>,
}

/// What drafts changed: time, and nothing else.
#[derive(Debug, Serialize)]
pub(super) struct Drafts {
    /// Cases whose tokens are the same without drafts.
    pub(super) identical: usize,
    pub(super) latency_without: Percentiles,
}

/// What is printed.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) model: String,
    pub(super) cases: usize,
    /// Cases without code before the cursor, which are not among the others.
    pub(super) blank: usize,
    pub(super) rows: Vec<Row>,
    pub(super) peak_resident_bytes: Option<u64>,
}

impl Report {
    fn table(&self) -> Table {
        let mut table = Table::new([
            "context",
            "exact match",
            "of three",
            "edit similarity",
            "latency p50",
            "p95",
            "others p50",
            "tokens/run",
        ]);
        for row in &self.rows {
            table.push([
                row.context.to_owned(),
                format!("{:.3}", row.exact_match),
                format!("{:.3}", row.exact_match_at_3),
                format!("{:.3}", row.edit_similarity),
                format!("{:.1} ms", row.latency.p50_ms),
                format!("{:.1} ms", row.latency.p95_ms),
                format!("{:.1} ms", row.search.p50_ms),
                format!("{:.2}", row.tokens_per_run),
            ]);
        }
        table
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {} cases, one line each", self.model, self.cases)?;
        write!(f, "{}", self.table())?;
        if self.blank > 0 {
            writeln!(f, "left out: {} without code before the cursor", self.blank)?;
        }
        for (row, inside) in
            self.rows.iter().filter_map(|row| Some((row, row.inside_line.as_ref()?)))
        {
            let InsideLineShares { cases, exact_match, balanced, repeats } = inside;
            writeln!(
                f,
                "{}: inside a line, {cases} cases: exact {exact_match:.3}, brackets as the target's \
                 {balanced:.3}, repeats what follows {repeats:.3}",
                row.context
            )?;
        }
        for (row, drafts) in self.rows.iter().filter_map(|row| Some((row, row.drafts.as_ref()?))) {
            let Drafts { identical, latency_without } = drafts;
            writeln!(
                f,
                "{}: {identical} of {} the same without drafts, then {:.1} ms (p50)",
                row.context, self.cases, latency_without.p50_ms
            )?;
        }
        Ok(())
    }
}
