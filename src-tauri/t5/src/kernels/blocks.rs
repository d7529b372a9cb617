//! Products of few rows with weights that lie in rows of unsigned bytes, a scale for each block of them: what a
//! decoder's step is made of.
//!
//! A step reads every weight once, so memory sets its pace. The weights stay as they are in the model's file; the
//! activations are rounded to signed bytes, block by block like the weights. A byte of a weight means zero with 128,
//! which the sums of the activations make up for: Σ (w - 128) x = Σ w x - 128 Σ x.

use std::arch::x86_64::*;

use super::Vnni;

/// Bytes in a register.
const CHUNK: usize = 64;
/// Sums in a register.
const LANES: usize = 16;
/// Rows of weights that all rows of activations are multiplied with before the next.
const TILE: usize = 16;
/// How far ahead weights are asked for, in bytes: further than memory is away at the pace of the kernel.
const AHEAD: usize = 4096;
/// The byte that means zero.
const ZERO: i32 = 128;
/// The largest signed byte.
const TOP: f32 = 127.0;

/// Rows of activations as signed bytes.
#[derive(Debug, Default)]
pub(crate) struct SignedRows {
    width: usize,
    /// `[n_rows, width]`.
    quants: Vec<i8>,
    /// `[n_rows, width / 4]`: what four neighbours begin with, for the weights' zero.
    starts: Vec<i32>,
    /// `[n_rows, width / 4]`: the scale of four neighbours.
    scales: Vec<f32>,
}

/// Some rows of a matrix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WeightRows<'a> {
    /// `[n, width]`.
    pub(crate) quants: &'a [u8],
    /// `[n, width / block]`.
    pub(crate) scales: &'a [f32],
    /// Weights that share a scale: 16, 32 or a multiple of 64.
    pub(crate) block: usize,
}

impl SignedRows {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.quants.len() / self.width.max(1)
    }

    /// Takes the place of what was held: the rows of `rows`, which are `width` long, in blocks of `block`.
    ///
    /// # Panics
    /// If a row is not made of whole blocks and registers.
    pub(crate) fn quantize(&mut self, _: Vnni, rows: &[f32], width: usize, block: usize) {
        assert!(
            width.is_multiple_of(CHUNK)
                && width.is_multiple_of(block)
                && block.is_multiple_of(LANES)
        );
        self.width = width;
        self.quants.resize(rows.len(), 0);
        self.starts.resize(rows.len() / 4, 0);
        self.scales.resize(rows.len() / 4, 0.0);
        let (quants, starts) =
            (self.quants.chunks_exact_mut(block), self.starts.chunks_exact_mut(block / 4));
        let targets = quants.zip(starts).zip(self.scales.chunks_exact_mut(block / 4));
        for (block, ((quants, starts), scales)) in rows.chunks_exact(block).zip(targets) {
            // SAFETY: the token proves the instructions.
            let scale = unsafe { quantize_block(block, quants, starts) };
            scales.fill(scale);
        }
    }
}

impl SignedRows {
    fn task<'a>(&'a self, row: usize, weights: WeightRows<'a>, first: usize) -> Task<'a> {
        let (width, quarter) = (self.width, self.width / 4);
        Task {
            quants: &self.quants[row * width..][..width],
            starts: &self.starts[row * quarter..][..quarter],
            scales: &self.scales[row * quarter..][..quarter],
            weights: weights.quants[first * width..].as_ptr(),
            weight_scales: weights.scales[first * width / weights.block..].as_ptr(),
            n_scales: width / weights.block,
            n_chunks: (weights.block / CHUNK).max(1),
        }
    }
}

impl Vnni {
    /// Products of all `rows` with all rows of `weights`: `out[row][i]`, of which `out` has rows of `stride`.
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub(crate) fn multiply_rows(
        self,
        rows: &SignedRows,
        weights: WeightRows<'_>,
        (out, stride): (&mut [f32], usize),
    ) {
        let WeightRows { quants, scales, block } = weights;
        let n = quants.len() / rows.width;
        assert!(quants.len() == n * rows.width && scales.len() == quants.len() / block);
        assert!(
            n <= stride && (rows.len() - 1) * stride + n <= out.len(),
            "every product has its place"
        );
        // Some rows of weights stay in the first cache for all rows of activations.
        for first in (0..n).step_by(TILE) {
            let n_tile = TILE.min(n - first);
            for row in 0..rows.len() {
                let task = rows.task(row, weights, first);
                let out = &mut out[row * stride..][first..first + n_tile];
                // SAFETY: `self` proves the instructions; the lengths were checked above.
                unsafe {
                    match block {
                        16 => multiply_tile::<16>(&task, out),
                        32 => multiply_tile::<32>(&task, out),
                        _ => multiply_tile::<64>(&task, out),
                    }
                }
            }
        }
    }
}

/// A row of activations, `width` long, and where the rows of weights begin that it is multiplied with.
struct Task<'a> {
    quants: &'a [i8],
    starts: &'a [i32],
    scales: &'a [f32],
    weights: *const u8,
    weight_scales: *const f32,
    /// Scales of a row of weights.
    n_scales: usize,
    /// Registers that a longer block fills; else one.
    n_chunks: usize,
}

/// Rounds a block, around zero; gives the value of one step.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn quantize_block(block: &[f32], quants: &mut [i8], starts: &mut [i32]) -> f32 {
    let (chunks, _) = block.as_chunks::<LANES>();
    let mut highest = _mm512_setzero_ps();
    for chunk in chunks {
        // SAFETY: there are sixteen.
        highest = _mm512_max_ps(highest, _mm512_abs_ps(unsafe { _mm512_loadu_ps(chunk.as_ptr()) }));
    }
    let scale = _mm512_reduce_max_ps(highest) / TOP;
    let factor = _mm512_set1_ps(if scale > 0.0 { 1.0 / scale } else { 0.0 });
    let targets = quants.as_chunks_mut::<LANES>().0.iter_mut().zip(starts.as_chunks_mut::<4>().0);
    for (chunk, (quants, starts)) in chunks.iter().zip(targets) {
        // SAFETY: there are sixteen of each, and a quarter as many starts.
        unsafe {
            let steps = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(chunk.as_ptr()), factor));
            _mm_storeu_si128(quants.as_mut_ptr().cast(), _mm512_cvtsepi32_epi8(steps));
        }
        for (start, four) in starts.iter_mut().zip(quants.as_chunks::<4>().0) {
            *start = -ZERO * four.iter().map(|quant| i32::from(*quant)).sum::<i32>();
        }
    }
    scale
}

/// One row of activations with as many rows of weights as `out` is long. `BLOCK` is the weights' block, 64 for all
/// that are longer. The weights are read as they lie in memory, one row after the other: several at once would be
/// fewer instructions, and half as fast, because what reads ahead loses the thread.
///
/// # Safety
/// There are so many rows of weights, with a scale for each of their blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_tile<const BLOCK: usize>(task: &Task<'_>, out: &mut [f32]) {
    let (mut weights, mut scales) = (task.weights, task.weight_scales);
    for out in out {
        // SAFETY: the caller has this row.
        *out = unsafe { multiply_row::<BLOCK>(task, weights, scales) };
        // SAFETY: this is one past the last row at most.
        (weights, scales) = unsafe { (weights.add(task.quants.len()), scales.add(task.n_scales)) };
    }
}

/// One row of activations with one of weights.
///
/// # Safety
/// The row of weights is as long as that of activations, and has a scale for each of its blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn multiply_row<const BLOCK: usize>(
    task: &Task<'_>,
    weights: *const u8,
    scales: *const f32,
) -> f32 {
    let scales_per_group = (CHUNK / BLOCK).max(1);
    let mut sum = _mm512_setzero_ps();
    for group in 0..task.n_scales / scales_per_group {
        let mut products = _mm512_setzero_si512();
        for chunk in group * task.n_chunks..(group + 1) * task.n_chunks {
            // SAFETY: the chunk is within the row, starts are a quarter as long, and reading ahead never fails.
            unsafe {
                let weights = weights.add(chunk * CHUNK);
                _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_add(AHEAD).cast());
                let start = _mm512_loadu_si512(task.starts.as_ptr().add(chunk * LANES).cast());
                let quants = _mm512_loadu_si512(task.quants.as_ptr().add(chunk * CHUNK).cast());
                products = _mm512_add_epi32(products, start);
                products =
                    _mm512_dpbusd_epi32(products, _mm512_loadu_si512(weights.cast()), quants);
            }
        }
        // SAFETY: the group's scales are there; those of the activations are one for four of them.
        unsafe {
            let scale = _mm512_loadu_ps(task.scales.as_ptr().add(group * task.n_chunks * LANES));
            let factor =
                _mm512_mul_ps(scale, spread::<BLOCK>(scales.add(group * scales_per_group)));
            sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), factor, sum);
        }
    }
    _mm512_reduce_add_ps(sum)
}

/// The scales of a chunk of weights, each for its four neighbours.
///
/// # Safety
/// `scales` points to the chunk's: four, two or one.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn spread<const BLOCK: usize>(scales: *const f32) -> __m512 {
    // SAFETY: the caller has so many.
    unsafe {
        match BLOCK {
            16 => {
                let four = _mm512_castps128_ps512(_mm_loadu_ps(scales));
                let lanes = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
                _mm512_permutexvar_ps(lanes, four)
            }
            32 => {
                let two = _mm512_castpd_ps(_mm512_set1_pd(scales.cast::<f64>().read_unaligned()));
                let lanes = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
                _mm512_permutexvar_ps(lanes, two)
            }
            _ => _mm512_set1_ps(*scales),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(n_rows: usize, width: usize, n: usize, block: usize) {
        let Some(vnni) = Vnni::detect() else {
            return eprintln!("this processor has no AVX-512 VNNI: products were NOT checked");
        };
        let mut random = fastrand::Rng::with_seed(width as u64);
        let activations: Vec<f32> = (0..n_rows * width).map(|_| random.f32() * 3.0 - 1.0).collect();
        let quants: Vec<u8> = (0..n * width).map(|_| random.u8(1..)).collect();
        let scales: Vec<f32> = (0..n * width / block).map(|_| random.f32() * 0.01).collect();
        let mut rows = SignedRows::default();
        rows.quantize(vnni, &activations, width, block);
        let mut out = vec![7.0; n_rows * (n + 1)];
        let weights = WeightRows { quants: &quants, scales: &scales, block };
        vnni.multiply_rows(&rows, weights, (&mut out, n + 1));
        for (row, index) in (0..n_rows).flat_map(|row| (0..n).map(move |index| (row, index))) {
            let products = (0..width).map(|k| {
                let weight = f64::from(quants[index * width + k]) - 128.0;
                let scale = f64::from(scales[(index * width + k) / block]);
                let step = f64::from(rows.scales[(row * width + k) / 4]);
                let activation = f64::from(rows.quants[row * width + k]) * step;
                let error = (activation - f64::from(activations[row * width + k])).abs();
                assert!(error <= step * 0.501, "an activation is off by half a step at most");
                weight * scale * activation
            });
            let (expected, found) = (products.sum::<f64>(), f64::from(out[row * (n + 1) + index]));
            assert!(
                (expected - found).abs() < 1e-3,
                "row {row}, {index}: {expected} and not {found}"
            );
        }
        assert!(out.iter().skip(n).step_by(n + 1).all(|&x| x == 7.0), "nothing else is written");
    }

    #[test]
    fn products_are_those_of_the_integers() {
        for block in [16, 32, 64, 128, 256] {
            check(1, 512, 5, block);
            check(3, 256, 2, block);
        }
    }
}
