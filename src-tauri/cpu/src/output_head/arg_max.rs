//! [`Chooser`]: the best of a thread's share of the vocabulary.

use std::ops::Range;

use crate::decoder_weights::DecoderWeights;
use crate::kernels::{COLUMNS, Kernels, SignedRows};
use crate::sketch::{BLOCK, Slack};

/// What a thread chooses with.
#[derive(Debug, Default)]
pub(crate) struct Chooser {
    /// Activations, as estimates take them.
    rounded: SignedRows,
    /// `[n_rows, n_columns]`.
    estimates: Vec<f32>,
    /// For each row.
    best: Vec<(u32, f32)>,
}

impl Chooser {
    /// The best token of each row, and its score.
    pub(crate) fn best(&self) -> &[(u32, f32)] {
        &self.best
    }

    /// Chooses among the tokens of `columns` for each of the rows `floats`, which `rows` are rounded from.
    pub(crate) fn choose(
        &mut self,
        kernels: Kernels,
        weights: &DecoderWeights,
        (floats, rows): (&[f32], &SignedRows),
        columns: Range<usize>,
    ) {
        let width = weights.d_model;
        self.rounded.quantize(kernels, floats, width, BLOCK);
        self.estimates.resize(rows.len() * columns.len(), 0.0);
        let panels = weights.sketch.panels(&weights.pages, &columns);
        kernels.multiply_nibbles(&self.rounded, panels, &mut self.estimates);
        self.best.clear();
        let estimates = self.estimates.chunks_exact(columns.len());
        for (row, (floats, estimates)) in floats.chunks_exact(width).zip(estimates).enumerate() {
            let slack = Slack::new(floats, &self.rounded, row);
            let mut best = (0, f32::NEG_INFINITY);
            weights.sketch.for_candidates(&columns, estimates, &slack, |panel| {
                let mut scores = [0.0; COLUMNS];
                let panels = weights.panels(&weights.head, &panel);
                kernels.multiply_row(rows, row, panels, &mut scores);
                best = first_best(best, panel.start..panel.end.min(weights.head.n), &scores);
            });
            self.best.push(best);
        }
    }
}

/// The better one of `best` and the best of `tokens`, in doubt the first.
fn first_best(best: (u32, f32), tokens: Range<usize>, scores: &[f32]) -> (u32, f32) {
    let scores = tokens.map(|token| token as u32).zip(scores.iter().copied());
    scores.fold(best, better)
}

/// The token with the higher score, in doubt the first.
pub(crate) fn better(first: (u32, f32), next: (u32, f32)) -> (u32, f32) {
    if next.1 > first.1 { next } else { first }
}
