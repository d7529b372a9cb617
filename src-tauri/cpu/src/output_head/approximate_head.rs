//! [`ApproximateHead`]: the head's weights in 4 bits, from which the logits are estimated.
//!
//! The head is a third of the memory that a step reads, and all but a few of its logits are far
//! below the highest. So all logits are estimated from half the memory, and only those that might
//! be the highest are computed from the weights themselves.
//!
//! The bound on an estimate's error is not a proof, but statistics. The rounding errors of a column
//! are spread evenly between minus and plus half a step, and do not depend on the activations `x`.
//! So the error of an estimate is a sum of independent terms whose standard deviation is at most
//! `rms(error) * ‖x‖`. It exceeds [`SIGMAS`] standard deviations less than once in ten million
//! times, because the tails of such a sum are below those of the normal distribution: 2 exp(-18).
//! With the embedded model's own hidden states as `x`, it never exceeded 5.5 in 33 million
//! estimates. A column whose errors are not spread evenly, because one weight is larger than all
//! the others, is always computed.
//!
//! [`SIGMAS`]: super::error_bound::SIGMAS

use std::ops::Range;

use super::error_bound::{ESTIMATE_BLOCK, ErrorBound};
use crate::error::CpuError;
use crate::kernels::{COLUMNS, GROUP, INT4_LINE_ROWS, Int4Panels, LINE_BYTES};
use crate::weights::huge_pages::HugePages;

/// The range of the ratio between a column's rounding error (root mean square) and that of evenly
/// spread errors, a step over the root of 12, within which the column is estimated.
const EVEN: Range<f32> = 0.8..1.25;
/// The largest 4-bit number.
const MAX_INT4: f32 = 15.0;
/// The 4-bit number that stands for zero.
const ZERO_POINT: f32 = 8.0;
/// The largest weight of a column, in steps.
const MAX_STEPS: f32 = 7.5;
/// 1.5 * 2^23. Adding it to a small float leaves no bits for a fraction, so the sum is rounded to
/// an integer, which stands in its lowest bits.
const ROUNDING_OFFSET: f32 = 12_582_912.0;

/// The head's weights in 4 bits, and what bounds the error of the estimates. The panels lie in
/// [`HugePages`].
#[derive(Debug)]
pub(crate) struct ApproximateHead {
    /// Bytes of one panel.
    panel_len: usize,
    /// The bytes of all panels.
    range: Range<usize>,
    /// `[n]`, filled up with zeros to whole panels: the value of one step of each column.
    scales: Vec<f32>,
    /// `[n]`, filled up with infinities to whole panels: the root mean square of each column's
    /// rounding errors, or infinity if they are not spread evenly.
    errors: Vec<f32>,
    /// The largest root mean square of the weights that one block of activations is multiplied
    /// with.
    largest_rms: f32,
}

impl ApproximateHead {
    /// Rounds `n` columns of `k` weights into `memory`. `column` writes the weights of the column
    /// with a given index.
    ///
    /// # Errors
    /// [`CpuError::Memory`] if `memory` is full.
    pub(crate) fn pack(
        n: usize,
        k: usize,
        column: impl Fn(usize, &mut [f32]),
        memory: &mut HugePages,
    ) -> Result<Self, CpuError> {
        let (n_padded, panel_len) = (n.next_multiple_of(COLUMNS), Self::panel_len(k));
        let (range, panels) =
            memory.take(n_padded / COLUMNS * panel_len).map_err(CpuError::Memory)?;
        let mut head = Self {
            panel_len,
            range,
            scales: vec![0.0; n_padded],
            errors: vec![f32::INFINITY; n_padded],
            largest_rms: 0.0,
        };
        let mut weights = vec![0.0; k];
        for index in 0..n {
            column(index, &mut weights);
            let panel = &mut panels[index / COLUMNS * panel_len..][..panel_len];
            let (scale, error) = round(&weights, index % COLUMNS, panel);
            (head.scales[index], head.errors[index]) = (scale, error);
            let blocks = weights.chunks(ESTIMATE_BLOCK).map(root_mean_square);
            head.largest_rms = blocks.fold(head.largest_rms, f32::max);
        }
        Ok(head)
    }

    /// Bytes that a head of `n` columns of `k` weights takes. Saturates for the shapes of damaged
    /// files.
    pub(crate) fn packed_len(n: usize, k: usize) -> usize {
        n.div_ceil(COLUMNS).saturating_mul(Self::panel_len(k))
    }

    /// Bytes of a panel: 16 columns of `k` weights.
    fn panel_len(k: usize) -> usize {
        k / INT4_LINE_ROWS * LINE_BYTES
    }

    /// Whether the logits of a head can be estimated whose columns have `k` weights, `block` of
    /// which share a scale.
    pub(crate) fn supports(k: usize, block: usize) -> bool {
        k.is_multiple_of(ESTIMATE_BLOCK) && block <= ESTIMATE_BLOCK
    }

    /// The panels of `columns`, which begin and end at the edge of a panel.
    pub(crate) fn panels<'a>(
        &'a self,
        memory: &'a HugePages,
        columns: &Range<usize>,
    ) -> Int4Panels<'a> {
        let lines = memory.bytes(self.range.clone());
        let panels = columns.start / COLUMNS..columns.end / COLUMNS;
        Int4Panels {
            lines: &lines[panels.start * self.panel_len..panels.end * self.panel_len],
            scales: &self.scales[columns.clone()],
        }
    }

    /// Calls `score` with the columns of each panel that may hold the highest logit of a row, in
    /// ascending order. `estimates` are the row's estimated logits of `columns`, and `bound` is the
    /// row's.
    pub(crate) fn for_candidates(
        &self,
        columns: &Range<usize>,
        estimates: &[f32],
        bound: &ErrorBound,
        mut score: impl FnMut(Range<usize>),
    ) {
        let errors = &self.errors[columns.clone()];
        let max_error = |error: f32| bound.max_error(error, self.largest_rms);
        let lowest =
            estimates.iter().zip(errors).map(|(estimate, error)| estimate - max_error(*error));
        let floor = lowest.fold(f32::NEG_INFINITY, f32::max);
        let panels = estimates.chunks_exact(COLUMNS).zip(errors.chunks_exact(COLUMNS));
        for ((estimates, errors), start) in panels.zip((columns.start..).step_by(COLUMNS)) {
            let mut highest =
                estimates.iter().zip(errors).map(|(estimate, error)| estimate + max_error(*error));
            if highest.any(|highest| highest >= floor) {
                score(start..start + COLUMNS);
            }
        }
    }
}

/// Rounds the weights of column `column` of a panel into the panel. Returns the value of one step,
/// and the root mean square of the rounding errors, or infinity if they are not spread evenly.
fn round(weights: &[f32], column: usize, panel: &mut [u8]) -> (f32, f32) {
    let scale =
        weights.iter().fold(0.0, |highest: f32, weight| highest.max(weight.abs())) / MAX_STEPS;
    let factor = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let places = panel.as_chunks_mut::<LINE_BYTES>().0.iter_mut();
    let places = places.map(|line| &mut line[column * GROUP..][..GROUP]);
    let mut squares = [0.0; INT4_LINE_ROWS];
    for (place, eight) in places.zip(weights.as_chunks::<INT4_LINE_ROWS>().0) {
        let steps = eight.map(|weight| step(weight * factor));
        for (squares, (weight, step)) in squares.iter_mut().zip(eight.iter().zip(steps)) {
            let lost = weight - (step - ROUNDING_OFFSET - ZERO_POINT) * scale;
            *squares += lost * lost;
        }
        let (low, high) = steps.split_at(GROUP);
        for (byte, (low, high)) in place.iter_mut().zip(low.iter().zip(high)) {
            *byte = (low.to_bits() as u8 & 0x0f) | (high.to_bits() as u8) << 4;
        }
    }
    let error = (squares.iter().sum::<f32>() / weights.len() as f32).sqrt();
    let is_even = scale == 0.0 || EVEN.contains(&(error / scale * 12_f32.sqrt()));
    (scale, if is_even { error } else { f32::INFINITY })
}

/// Rounds a weight, given in steps, to a 4-bit number. Returns it plus [`ROUNDING_OFFSET`].
fn step(weight: f32) -> f32 {
    (weight + ZERO_POINT).clamp(0.0, MAX_INT4) + ROUNDING_OFFSET
}

fn root_mean_square(numbers: &[f32]) -> f32 {
    let squares: f32 = numbers.iter().map(|x| x * x).sum();
    (squares / numbers.len() as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{BlockActivations, Kernels};

    const K: usize = 128;

    /// Random weights whose range differs from column to column.
    fn weights(n: usize, random: &mut fastrand::Rng) -> Vec<f32> {
        let column = |random: &mut fastrand::Rng| {
            let size = random.f32() + 0.1;
            std::iter::repeat_with(|| (random.f32() - 0.5) * size).take(K).collect::<Vec<_>>()
        };
        (0..n).flat_map(|_| column(random)).collect()
    }

    fn pack(weights: &[f32], memory: &mut HugePages) -> ApproximateHead {
        let column =
            |index: usize, out: &mut [f32]| out.copy_from_slice(&weights[index * K..][..K]);
        ApproximateHead::pack(weights.len() / K, K, column, memory).unwrap()
    }

    #[test]
    fn the_best_token_is_a_candidate_and_most_others_are_not() {
        let (mut random, n) = (fastrand::Rng::with_seed(11), 1000);
        let weights = weights(n, &mut random);
        let mut memory = HugePages::new(n.next_multiple_of(COLUMNS) * K).unwrap();
        let head = pack(&weights, &mut memory);
        let columns = 0..n.next_multiple_of(COLUMNS);
        for kernels in Kernels::all_supported() {
            let (mut rounded, mut estimates) =
                (BlockActivations::default(), vec![0.0; columns.len()]);
            let mut n_candidates = 0;
            for _ in 0..100 {
                let row: Vec<f32> = (0..K).map(|_| random.f32() * 2.0 - 1.0).collect();
                rounded.quantize(kernels, &row, K, ESTIMATE_BLOCK);
                let panels = head.panels(&memory, &columns);
                kernels.multiply_int4(&rounded, panels, &mut estimates);
                let score = |weights: &[f32]| weights.iter().zip(&row).map(|(w, x)| w * x).sum();
                let scores: Vec<f32> = weights.chunks_exact(K).map(score).collect();
                let best = (0..n).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
                let (bound, mut is_there) = (ErrorBound::new(&row, &rounded, 0), false);
                head.for_candidates(&columns, &estimates, &bound, |panel| {
                    n_candidates += panel.len();
                    is_there |= panel.contains(&best);
                });
                assert!(is_there, "the best token is a candidate");
            }
            // The bound would be exceeded if evenly spread columns counted as uneven.
            assert!(n_candidates < 100 * n / 3, "{n_candidates} scores of {}", 100 * n);
        }
    }

    /// One weight that is far larger than the others sets the step. All others are rounded in the
    /// same direction, so their errors add up.
    #[test]
    fn a_column_with_correlated_errors_is_always_a_candidate() {
        let column = |first: f32, others: f32| {
            let weights = (0..K).map(|index| if index == 0 { first } else { others });
            weights.collect::<Vec<_>>()
        };
        let weights = [column(30.0, 1.9), column(0.0, 1.75)].concat();
        let mut memory = HugePages::new(COLUMNS * K).unwrap();
        let head = pack(&weights, &mut memory);
        let row = column(0.0, 1.0);
        for kernels in Kernels::all_supported() {
            let (mut rounded, mut estimates) = (BlockActivations::default(), vec![0.0; COLUMNS]);
            rounded.quantize(kernels, &row, K, ESTIMATE_BLOCK);
            kernels.multiply_int4(&rounded, head.panels(&memory, &(0..COLUMNS)), &mut estimates);
            assert!(estimates[0] < estimates[1] - 100.0, "the best one looks worse: {estimates:?}");
        }
        assert!(head.errors[0].is_infinite(), "and is a candidate nevertheless");
    }

    #[test]
    fn every_token_is_a_candidate_where_all_logits_are_equal() {
        let mut memory = HugePages::new(2 * COLUMNS * K).unwrap();
        let head = pack(&[0.0; 20 * K], &mut memory);
        let (estimates, mut seen) = ([0.0; 2 * COLUMNS], 0);
        let bound = ErrorBound::constant(1.0, 0.0);
        head.for_candidates(&(0..2 * COLUMNS), &estimates, &bound, |panel| seen += panel.len());
        assert_eq!(seen, 2 * COLUMNS, "no token is better than another");
    }
}
