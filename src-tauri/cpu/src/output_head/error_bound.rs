//! [`ErrorBound`]: how far a row's estimated logits may be from the exact ones.

use crate::kernels::BlockActivations;

/// The bound on an estimate's error, in standard deviations.
pub(crate) const SIGMAS: f32 = 6.0;
/// Activations that share a scale when logits are estimated.
pub(crate) const ESTIMATE_BLOCK: usize = 64;

/// The two parts of a row's bound: one for the rounding of the weights, one for that of the
/// activations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorBound {
    /// Multiplied by the rounding error of a column (root mean square).
    of_weights: f32,
    /// Multiplied by the weights of a column (root mean square).
    of_activations: f32,
}

impl ErrorBound {
    /// The bound of row `row` of `rounded`, to which the floats `row_floats` were rounded.
    pub(crate) fn new(row_floats: &[f32], rounded: &BlockActivations, row: usize) -> Self {
        let squares: f32 = row_floats.iter().map(|x| x * x).sum();
        // A rounding error that is spread evenly over a step has a mean square of a twelfth of the
        // step's square. The factor 2 is there because exact logits are computed from rounded
        // activations as well, in steps no larger.
        let steps: f32 = rounded.scales_of(row).iter().map(|step| step * step).sum();
        let noise = 2.0 * steps * ESTIMATE_BLOCK as f32 / 12.0;
        Self { of_weights: SIGMAS * squares.sqrt(), of_activations: SIGMAS * noise.sqrt() }
    }

    /// The largest error of a column with this rounding error and these weights, both as root mean
    /// squares.
    #[inline]
    pub(super) fn max_error(&self, rounding_rms: f32, weights_rms: f32) -> f32 {
        self.of_weights * rounding_rms + self.of_activations * weights_rms
    }

    #[cfg(test)]
    pub(super) fn constant(of_weights: f32, of_activations: f32) -> Self {
        Self { of_weights, of_activations }
    }
}
