//! The gate of a feed-forward layer.

use super::dispatch::dispatch;
use super::kernel_set::{Kernels, LANES};

impl Kernels {
    /// Replaces each `x` of `gate` by `x / (1 + exp(-x)) * y`, with the `y` of `up` at its place
    /// (SwiGLU: Shazeer 2020, "GLU Variants Improve Transformer").
    ///
    /// # Panics
    /// If the lengths differ, or are not a multiple of 16.
    pub(crate) fn gate(self, gate: &mut [f32], up: &[f32]) {
        assert!(gate.len() == up.len() && gate.len().is_multiple_of(LANES));
        // SAFETY: `self` proves the instructions.
        unsafe { dispatch!(self, gate::gate(gate, up)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_that_of_the_definition() {
        let x: Vec<f32> = (0..64).map(|index| (index - 30) as f32 * 3.1).collect();
        let up: Vec<f32> = (0..64).map(|index| index as f32 / 7.0 - 4.0).collect();
        Kernels::assert_identical_results(|kernels| {
            let mut gate = x.clone();
            kernels.gate(&mut gate, &up);
            for ((x, up), found) in x.iter().zip(&up).zip(&gate) {
                let (x, up) = (f64::from(*x), f64::from(*up));
                let expected = x / (1.0 + (-x).exp()) * up;
                let error = (expected - f64::from(*found)).abs();
                assert!(error <= 1e-5 * expected.abs() + 1e-30, "{x}: {expected}, {found}");
            }
            gate
        });
    }
}
