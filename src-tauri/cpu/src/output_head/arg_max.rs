//! [`ArgMax`]: the best token of one thread's share of the vocabulary.

use std::ops::Range;

use super::error_bound::{ESTIMATE_BLOCK, ErrorBound};
use super::head::OutputHead;
use crate::kernels::{BlockActivations, COLUMNS, Kernels};
use crate::weights::huge_pages::HugePages;

/// The result of a search for the best token, and the memory that the search works in.
#[derive(Debug, Default)]
pub(crate) struct ArgMax {
    /// The hidden states, rounded for the estimates.
    rounded: BlockActivations,
    /// `[n_rows, n_columns]`: estimated logits.
    estimates: Vec<f32>,
    /// For each row, the best token and its logit.
    best: Vec<(u32, f32)>,
}

impl ArgMax {
    /// The best token of each row, and its logit.
    pub(crate) fn best(&self) -> &[(u32, f32)] {
        &self.best
    }

    /// Finds the best token of `columns` for each of the hidden states `floats`,
    /// `[n_rows, d_model]`, of which `rows` are the rounded ones.
    pub(crate) fn search(
        &mut self,
        kernels: Kernels,
        (head, memory): (&OutputHead, &HugePages),
        (floats, rows): (&[f32], &BlockActivations),
        columns: Range<usize>,
    ) {
        let OutputHead { matrix, approximate } = head;
        let width = matrix.k;
        self.rounded.quantize(kernels, floats, width, ESTIMATE_BLOCK);
        self.estimates.resize(rows.len() * columns.len(), 0.0);
        let panels = approximate.panels(memory, &columns);
        kernels.multiply_int4(&self.rounded, panels, &mut self.estimates);
        self.best.clear();
        let estimates = self.estimates.chunks_exact(columns.len());
        for (row, (floats, estimates)) in floats.chunks_exact(width).zip(estimates).enumerate() {
            let bound = ErrorBound::new(floats, &self.rounded, row);
            let mut best = (0, f32::NEG_INFINITY);
            approximate.for_candidates(&columns, estimates, &bound, |panel| {
                let mut logits = [0.0; COLUMNS];
                let panels = matrix.panels(memory, &panel);
                kernels.multiply_row(rows, row, panels, &mut logits);
                best = best_of(best, panel.start..panel.end.min(matrix.n), &logits);
            });
            self.best.push(best);
        }
    }
}

/// The best of `best` and of `tokens` with their `logits`; among equals the first.
fn best_of(best: (u32, f32), tokens: Range<usize>, logits: &[f32]) -> (u32, f32) {
    let scored = tokens.map(|token| token as u32).zip(logits.iter().copied());
    scored.fold(best, better)
}

/// Of two tokens with their logits, the one with the higher logit; `first` if they are equal.
pub(crate) fn better(first: (u32, f32), next: (u32, f32)) -> (u32, f32) {
    if next.1 > first.1 { next } else { first }
}
