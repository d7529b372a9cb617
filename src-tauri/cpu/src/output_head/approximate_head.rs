//! [`Sketch`]: the head's weights in four bits, which tell what tokens are worth scoring.
//!
//! The head is a third of what a step reads, and all but a few of its scores are far below the best. So they are
//! estimated from half the memory, and only those that might be the best are computed from the weights themselves.
//!
//! How far an estimate may be off is no proof, but statistics. What rounding took from a column is spread evenly
//! between minus and plus half a step and knows nothing of the activations `x`. So an estimate is off by a sum of
//! independent terms whose standard deviation is at most `rms(error) * ‖x‖`, and by more than [`SIGMAS`] of it less
//! than once in ten million times (a sum of such terms has tails below those of the normal distribution: 2 exp(-18)).
//! For the embedded model's own vectors as `x` it was never above 5.5 in 33 million. A column whose errors are not
//! spread so, because one weight is larger than all the others, is always scored.

use std::ops::Range;

use crate::error::T5Error;
use crate::kernels::{COLUMNS, EIGHT, FOUR, LINE, NibblePanels, SignedRows};
use crate::pages::Pages;

/// Standard deviations that an estimate may be off.
const SIGMAS: f32 = 6.0;
/// What rounding loses where it is spread evenly, over what it was from a column, for columns that are estimated.
const EVEN: Range<f32> = 0.8..1.25;
/// Activations that are rounded together for estimates.
pub(crate) const BLOCK: usize = 64;
/// The largest of the sixteen numbers of four bits, and the one that means zero.
const TOP: f32 = 15.0;
const ZERO: f32 = 8.0;
/// Steps from zero that no number is further away.
const REACH: f32 = 7.5;

/// Added to a small number, it leaves no room for fractions: the number is rounded, and the lowest bits are its.
const WHOLE: f32 = 12_582_912.0;

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Sketch {
    /// Bytes of one panel.
    panel_len: usize,
    /// Where the panels are.
    range: Range<usize>,
    /// `[n]`, and zeros that fill the last panel: the value of one step of a column.
    scales: Vec<f32>,
    /// `[n]`, and infinities that fill the last panel: the root mean square of what rounding took from a column, or
    /// infinity where that says nothing.
    errors: Vec<f32>,
    /// The largest root mean square of the weights that a block of activations is multiplied with.
    largest: f32,
}

impl Sketch {
    /// Rounds `columns`, which have `k` weights each and are told as floats one after the other, into `pages`.
    ///
    /// # Errors
    /// [`T5Error::Memory`] if there is no room.
    pub(crate) fn pack(
        n: usize,
        k: usize,
        column: impl Fn(usize, &mut [f32]),
        pages: &mut Pages,
    ) -> Result<Self, T5Error> {
        let (n_padded, panel_len) = (n.next_multiple_of(COLUMNS), Self::panel_len(k));
        let (range, panels) =
            pages.take(n_padded / COLUMNS * panel_len).map_err(T5Error::Memory)?;
        let mut sketch = Self {
            panel_len,
            range,
            scales: vec![0.0; n_padded],
            errors: vec![f32::INFINITY; n_padded],
            largest: 0.0,
        };
        let mut weights = vec![0.0; k];
        for index in 0..n {
            column(index, &mut weights);
            let panel = &mut panels[index / COLUMNS * panel_len..][..panel_len];
            let (scale, error) = round(&weights, index % COLUMNS, panel);
            (sketch.scales[index], sketch.errors[index]) = (scale, error);
            let blocks = weights.chunks(BLOCK).map(root_mean_square);
            sketch.largest = blocks.fold(sketch.largest, f32::max);
        }
        Ok(sketch)
    }

    /// Bytes of 16 columns of `k` weights.
    pub(crate) fn panel_len(k: usize) -> usize {
        k / EIGHT * LINE
    }

    /// Whether scores can be estimated that are made of rows of this width, rounded in blocks of this length.
    pub(crate) fn takes(k: usize, block: usize) -> bool {
        k.is_multiple_of(BLOCK) && block <= BLOCK
    }

    /// What estimates of some columns, at the edge of a panel, are made with.
    pub(crate) fn panels<'a>(
        &'a self,
        pages: &'a Pages,
        columns: &Range<usize>,
    ) -> NibblePanels<'a> {
        let lines = pages.bytes(self.range.clone());
        let panels = columns.start / COLUMNS..columns.end / COLUMNS;
        NibblePanels {
            lines: &lines[panels.start * self.panel_len..panels.end * self.panel_len],
            scales: &self.scales[columns.clone()],
        }
    }

    /// Calls `score` with every panel of `columns` that the best score may be in, in order; `estimates` are those of a
    /// row, for every column, and `slack` is the row's.
    pub(crate) fn for_candidates(
        &self,
        columns: &Range<usize>,
        estimates: &[f32],
        slack: &Slack,
        mut score: impl FnMut(Range<usize>),
    ) {
        let errors = &self.errors[columns.clone()];
        let off = |error: f32| slack.of_weights * error + slack.of_activations * self.largest;
        let lowest = estimates.iter().zip(errors).map(|(estimate, error)| estimate - off(*error));
        let floor = lowest.fold(f32::NEG_INFINITY, f32::max);
        let panels = estimates.chunks_exact(COLUMNS).zip(errors.chunks_exact(COLUMNS));
        for ((estimates, errors), start) in panels.zip((columns.start..).step_by(COLUMNS)) {
            let mut highest =
                estimates.iter().zip(errors).map(|(estimate, error)| estimate + off(*error));
            if highest.any(|highest| highest >= floor) {
                score(start..start + COLUMNS);
            }
        }
    }
}

/// How far estimates may be off for what a row is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slack {
    /// Times the error of a column.
    of_weights: f32,
    /// Times the weights of a column.
    of_activations: f32,
}

impl Slack {
    /// Of row `row` of `rounded`, which `floats` were rounded to.
    pub(crate) fn new(floats: &[f32], rounded: &SignedRows, row: usize) -> Self {
        let squares: f32 = floats.iter().map(|x| x * x).sum();
        // A number that is rounded to steps is off by a twelfth of their squares, in the mean of squares. The scores
        // themselves are made with rounded activations as well, whose steps are no larger.
        let steps: f32 = rounded.scales_of(row).iter().map(|step| step * step).sum();
        let noise = 2.0 * steps * BLOCK as f32 / 12.0;
        Self { of_weights: SIGMAS * squares.sqrt(), of_activations: SIGMAS * noise.sqrt() }
    }
}

/// Rounds a column into its place in a panel; gives the value of one step, and the root mean square of what is lost,
/// or infinity if that is not spread evenly.
fn round(weights: &[f32], column: usize, panel: &mut [u8]) -> (f32, f32) {
    let scale = weights.iter().fold(0.0, |highest: f32, weight| highest.max(weight.abs())) / REACH;
    let factor = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    let places = panel.as_chunks_mut::<LINE>().0.iter_mut();
    let places = places.map(|line| &mut line[column * FOUR..][..FOUR]);
    let mut squares = [0.0; EIGHT];
    for (place, eight) in places.zip(weights.as_chunks::<EIGHT>().0) {
        let steps = eight.map(|weight| step(weight * factor));
        for (squares, (weight, step)) in squares.iter_mut().zip(eight.iter().zip(steps)) {
            let lost = weight - (step - WHOLE - ZERO) * scale;
            *squares += lost * lost;
        }
        let (low, high) = steps.split_at(FOUR);
        for (byte, (low, high)) in place.iter_mut().zip(low.iter().zip(high)) {
            *byte = (low.to_bits() as u8 & 0x0f) | (high.to_bits() as u8) << 4;
        }
    }
    let error = (squares.iter().sum::<f32>() / weights.len() as f32).sqrt();
    let is_even = scale == 0.0 || EVEN.contains(&(error / scale * 12_f32.sqrt()));
    (scale, if is_even { error } else { f32::INFINITY })
}

/// [`WHOLE`] and the number of the step that a weight, in steps, is nearest to.
fn step(weight: f32) -> f32 {
    (weight + ZERO).clamp(0.0, TOP) + WHOLE
}

fn root_mean_square(numbers: &[f32]) -> f32 {
    let squares: f32 = numbers.iter().map(|x| x * x).sum();
    (squares / numbers.len() as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Kernels;

    const K: usize = 128;

    /// Weights that are not all of the same size, column by column.
    fn weights(n: usize, random: &mut fastrand::Rng) -> Vec<f32> {
        let column = |random: &mut fastrand::Rng| {
            let size = random.f32() + 0.1;
            std::iter::repeat_with(|| (random.f32() - 0.5) * size).take(K).collect::<Vec<_>>()
        };
        (0..n).flat_map(|_| column(random)).collect()
    }

    fn pack(weights: &[f32], pages: &mut Pages) -> Sketch {
        let column =
            |index: usize, out: &mut [f32]| out.copy_from_slice(&weights[index * K..][..K]);
        Sketch::pack(weights.len() / K, K, column, pages).unwrap()
    }

    #[test]
    fn the_best_is_among_the_candidates_and_most_are_not() {
        let (mut random, n) = (fastrand::Rng::with_seed(11), 1000);
        let weights = weights(n, &mut random);
        let mut pages = Pages::new(n.next_multiple_of(COLUMNS) * K).unwrap();
        let sketch = pack(&weights, &mut pages);
        let columns = 0..n.next_multiple_of(COLUMNS);
        for kernels in Kernels::of_this_processor() {
            let (mut rounded, mut estimates) = (SignedRows::default(), vec![0.0; columns.len()]);
            let mut n_candidates = 0;
            for _ in 0..100 {
                let row: Vec<f32> = (0..K).map(|_| random.f32() * 2.0 - 1.0).collect();
                rounded.quantize(kernels, &row, K, BLOCK);
                let panels = sketch.panels(&pages, &columns);
                kernels.multiply_nibbles(&rounded, panels, &mut estimates);
                let score = |weights: &[f32]| weights.iter().zip(&row).map(|(w, x)| w * x).sum();
                let scores: Vec<f32> = weights.chunks_exact(K).map(score).collect();
                let best = (0..n).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
                let (slack, mut is_there) = (Slack::new(&row, &rounded, 0), false);
                sketch.for_candidates(&columns, &estimates, &slack, |panel| {
                    n_candidates += panel.len();
                    is_there |= panel.contains(&best);
                });
                assert!(is_there, "the best token is scored");
            }
            // Which they would not be if ordinary columns were not estimated.
            assert!(n_candidates < 100 * n / 3, "{n_candidates} scores of {}", 100 * n);
        }
    }

    /// One weight that is larger than the others sets the step, so that rounding takes all of them: their errors go with
    /// the activations.
    #[test]
    fn a_column_whose_errors_go_together_is_scored() {
        let column = |first: f32, others: f32| {
            let weights = (0..K).map(|index| if index == 0 { first } else { others });
            weights.collect::<Vec<_>>()
        };
        let weights = [column(30.0, 1.9), column(0.0, 1.75)].concat();
        let mut pages = Pages::new(COLUMNS * K).unwrap();
        let sketch = pack(&weights, &mut pages);
        let row = column(0.0, 1.0);
        for kernels in Kernels::of_this_processor() {
            let (mut rounded, mut estimates) = (SignedRows::default(), vec![0.0; COLUMNS]);
            rounded.quantize(kernels, &row, K, BLOCK);
            kernels.multiply_nibbles(
                &rounded,
                sketch.panels(&pages, &(0..COLUMNS)),
                &mut estimates,
            );
            assert!(estimates[0] < estimates[1] - 100.0, "the best one looks worse: {estimates:?}");
        }
        assert!(sketch.errors[0].is_infinite(), "and is scored nevertheless");
    }

    #[test]
    fn every_token_is_scored_where_all_are_the_same() {
        let mut pages = Pages::new(2 * COLUMNS * K).unwrap();
        let sketch = pack(&[0.0; 20 * K], &mut pages);
        let (estimates, mut seen) = ([0.0; 2 * COLUMNS], 0);
        let slack = Slack { of_weights: 1.0, of_activations: 0.0 };
        sketch.for_candidates(&(0..2 * COLUMNS), &estimates, &slack, |panel| seen += panel.len());
        assert_eq!(seen, 2 * COLUMNS, "none is better than another");
    }
}
