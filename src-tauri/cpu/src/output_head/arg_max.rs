//! [`ArgMax`]: the best token of one thread's share of the vocabulary, and its probability.
//!
//! The logit of the best token is exact. The sum of all exponentials, which makes it a probability,
//! is taken of the estimates where nothing better is known: their errors are independent, so they
//! nearly cancel out in a sum of many terms, and the large terms are exact.

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
    /// `[n_rows, n_columns]`: estimated logits, then exact ones where they were computed.
    estimates: Vec<f32>,
    /// The columns of a row that were computed from the weights: where each panel begins, and its
    /// logits.
    exact: Vec<(usize, [f32; COLUMNS])>,
    best: Vec<Best>,
}

/// The best token of a row, and what its probability is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Best {
    pub(crate) token: u32,
    pub(crate) logit: f32,
    /// Of the row's logits, which are estimates but for those that might be the highest.
    pub(crate) log_sum_exp: f32,
}

impl Best {
    const NONE: Self = Self { token: 0, logit: f32::NEG_INFINITY, log_sum_exp: f32::NEG_INFINITY };

    /// The best token of two shares of the vocabulary; among equals that of `self`.
    pub(crate) fn or(self, other: Self) -> Self {
        let log_sum_exp = log_add_exp(self.log_sum_exp, other.log_sum_exp);
        let best = if other.logit > self.logit { other } else { self };
        Self { log_sum_exp, ..best }
    }

    /// The best of `self` and of `tokens` with their `logits`; among equals the first.
    fn or_better(self, tokens: Range<usize>, logits: &[f32]) -> Self {
        let scored = tokens.map(|token| token as u32).zip(logits.iter().copied());
        scored.fold(
            self,
            |best, (token, logit)| {
                if logit > best.logit { Self { token, logit, ..best } } else { best }
            },
        )
    }

    /// The logarithm of the best token's probability.
    pub(crate) fn log_prob(self) -> f32 {
        // Rounding may put the sum below its largest term.
        (self.logit - self.log_sum_exp).min(0.0)
    }
}

impl ArgMax {
    /// The best token of each row.
    pub(crate) fn best(&self) -> &[Best] {
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
        // The rest of the last panel belongs to no token.
        let n_tokens = columns.end.min(matrix.n).saturating_sub(columns.start);
        let estimates = self.estimates.chunks_exact_mut(columns.len());
        for (row, (floats, estimates)) in floats.chunks_exact(width).zip(estimates).enumerate() {
            let bound = ErrorBound::new(floats, &self.rounded, row);
            self.exact.clear();
            let mut best = Best::NONE;
            approximate.for_candidates(&columns, estimates, &bound, |panel| {
                let mut logits = [0.0; COLUMNS];
                let panels = matrix.panels(memory, &panel);
                kernels.multiply_row(rows, row, panels, &mut logits);
                best = best.or_better(panel.start..panel.end.min(matrix.n), &logits);
                self.exact.push((panel.start - columns.start, logits));
            });
            for (start, logits) in &self.exact {
                estimates[*start..][..COLUMNS].copy_from_slice(logits);
            }
            if n_tokens > 0 {
                estimates[n_tokens..].fill(f32::NEG_INFINITY);
                best.log_sum_exp = kernels.log_sum_exp(estimates);
            }
            self.best.push(best);
        }
    }
}

/// The logarithm of the sum of two numbers that are given as logarithms.
fn log_add_exp(a: f32, b: f32) -> f32 {
    let (high, low) = (a.max(b), a.min(b));
    if low == f32::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}
