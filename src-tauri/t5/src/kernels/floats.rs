//! The two products of attention, in 32-bit floats: queries with keys, and their shares with values.
//!
//! Both have their right side in panels: 32 keys by column for the first, by row for the second. A tile of the result
//! stays in registers, as in [`super::integers`].

use std::arch::x86_64::*;

use super::{Vnni, for_rows};

/// The width of a head that the kernels are made for, which is that of every published T5 and CodeT5.
pub(crate) const HEAD_SIZE: usize = 64;
/// Keys, or values, in a panel.
pub(crate) const KEYS: usize = 32;
/// Floats in a panel.
pub(crate) const PANEL_LEN: usize = KEYS * HEAD_SIZE;
const LANES: usize = 16;
/// Queries that are scored at once: 12 times 2 registers of sums.
const SCORE_ROWS: usize = 12;
/// Rows that are summed up at once: 6 times 4 registers of sums.
const SUM_ROWS: usize = 6;

/// One head's panels of keys or values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FloatPanels<'a> {
    /// All heads' panels, `[n_heads]`, for every 32 tokens.
    pub(crate) panels: &'a [&'a [f32]],
    /// Which head's are meant.
    pub(crate) head: usize,
}

impl FloatPanels<'_> {
    fn check(&self) {
        let end = (self.head + 1) * PANEL_LEN;
        assert!(!self.panels.is_empty() && self.panels.iter().all(|panel| panel.len() >= end));
    }

    /// Scores, or shares, in a row.
    fn width(&self) -> usize {
        self.panels.len() * KEYS
    }

    /// The first float of each panel, which is followed by a whole panel.
    fn starts(&self) -> impl Iterator<Item = *const f32> {
        self.panels.iter().map(|panel| panel[self.head * PANEL_LEN..].as_ptr())
    }
}

impl Vnni {
    /// Scores of queries against all keys: `scores[i][j] = bias[j - i] + queries[i] * keys[j]`.
    ///
    /// `queries` are rows of `query_stride` floats, of which the first 64 count; `bias` has, for the first query and
    /// the first key, its element `centre`; `scores` are rows of `32 * n_panels`.
    ///
    /// # Panics
    /// If one of them is too short for all rows of `scores`.
    pub(crate) fn score(
        self,
        (queries, query_stride): (&[f32], usize),
        keys: FloatPanels<'_>,
        (bias, centre): (&[f32], usize),
        scores: &mut [f32],
    ) {
        keys.check();
        let width = keys.width();
        let n_rows = scores.len() / width;
        assert!(n_rows > 0 && (n_rows - 1) * query_stride + HEAD_SIZE <= queries.len());
        assert!(
            n_rows - 1 <= centre && centre + width <= bias.len(),
            "every distance has its bias"
        );
        for first in (0..n_rows).step_by(SCORE_ROWS) {
            // The bias moves back by one for every row.
            let task = Scores {
                queries: &queries[first * query_stride..],
                query_stride,
                keys,
                bias,
                centre: centre - first,
            };
            let rows = &mut scores[first * width..];
            let n = SCORE_ROWS.min(n_rows - first);
            // SAFETY: `self` proves the instructions, and the lengths were checked above.
            unsafe {
                for_rows!(n, [1 2 3 4 5 6 7 8 9 10 11 12], score_rows(&task, rows.as_mut_ptr()))
            }
        }
    }

    /// Sums of values: `sums[i] = factors[i] * Σ shares[i][j] * values[j]`, for every row of `shares`, which are
    /// `32 * n_panels` long. `sums` has rows of `stride`, of which the first 64 floats are written.
    ///
    /// # Panics
    /// If one of them is too short.
    pub(crate) fn sum_values(
        self,
        shares: &[f32],
        factors: &[f32],
        values: FloatPanels<'_>,
        (sums, stride): (&mut [f32], usize),
    ) {
        values.check();
        let width = values.width();
        let n_rows = factors.len();
        assert!(n_rows > 0 && n_rows * width <= shares.len());
        assert!((n_rows - 1) * stride + HEAD_SIZE <= sums.len());
        for first in (0..n_rows).step_by(SUM_ROWS) {
            let task = Sums {
                shares: &shares[first * width..],
                factors: &factors[first..],
                values,
                stride,
            };
            let rows = &mut sums[first * stride..];
            let n = SUM_ROWS.min(n_rows - first);
            // SAFETY: `self` proves the instructions, and the lengths were checked above.
            unsafe { for_rows!(n, [1 2 3 4 5 6], sum_rows(&task, rows.as_mut_ptr())) }
        }
    }
}

struct Scores<'a> {
    queries: &'a [f32],
    query_stride: usize,
    keys: FloatPanels<'a>,
    bias: &'a [f32],
    /// Where the first row's first bias is.
    centre: usize,
}

struct Sums<'a> {
    shares: &'a [f32],
    factors: &'a [f32],
    values: FloatPanels<'a>,
    stride: usize,
}

/// Scores of `ROWS` queries.
///
/// # Safety
/// Queries and bias are there for so many rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
unsafe fn score_rows<const ROWS: usize>(task: &Scores<'_>, out: *mut f32) {
    const REGISTERS: usize = KEYS / LANES;
    let width = task.keys.width();
    for (panel, keys) in task.keys.starts().enumerate() {
        // SAFETY: the panel is among those that were checked; row `i` has its bias `i` floats before.
        unsafe {
            let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
            for (row, sums) in sums.iter_mut().enumerate() {
                for (register, sum) in sums.iter_mut().enumerate() {
                    let place = task.centre - row + panel * KEYS + register * LANES;
                    *sum = _mm512_loadu_ps(task.bias.as_ptr().add(place));
                }
            }
            for channel in 0..HEAD_SIZE {
                let keys = keys.add(channel * KEYS);
                let columns = [_mm512_loadu_ps(keys), _mm512_loadu_ps(keys.add(LANES))];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let query = *task.queries.as_ptr().add(row * task.query_stride + channel);
                    let query = _mm512_set1_ps(query);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_fmadd_ps(query, column, *sum);
                    }
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (register, sum) in sums.iter().enumerate() {
                    _mm512_storeu_ps(out.add(row * width + panel * KEYS + register * LANES), *sum);
                }
            }
        }
    }
}

/// Sums of `ROWS` rows of shares.
///
/// # Safety
/// Shares and factors are there for so many rows, and `out` can be written for them.
#[target_feature(enable = "avx512f,fma")]
unsafe fn sum_rows<const ROWS: usize>(task: &Sums<'_>, out: *mut f32) {
    const REGISTERS: usize = HEAD_SIZE / LANES;
    let width = task.values.width();
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for (panel, values) in task.values.starts().enumerate() {
        for key in 0..KEYS {
            // SAFETY: the panel is among those that were checked.
            unsafe {
                let value = values.add(key * HEAD_SIZE);
                let columns: [__m512; REGISTERS] =
                    std::array::from_fn(|register| _mm512_loadu_ps(value.add(register * LANES)));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let share = *task.shares.as_ptr().add(row * width + panel * KEYS + key);
                    let share = _mm512_set1_ps(share);
                    for (sum, column) in sums.iter_mut().zip(columns) {
                        *sum = _mm512_fmadd_ps(share, column, *sum);
                    }
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let factor = _mm512_set1_ps(task.factors[row]);
        for (register, sum) in sums.iter().enumerate() {
            // SAFETY: the caller has room for the rows.
            unsafe {
                _mm512_storeu_ps(
                    out.add(row * task.stride + register * LANES),
                    _mm512_mul_ps(*sum, factor),
                )
            }
        }
    }
}
