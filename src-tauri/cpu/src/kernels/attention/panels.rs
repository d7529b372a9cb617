//! The layouts of keys and values that the kernels of a prompt's attention read, and the checked
//! arguments of both products, which the kernels of all instruction sets take.

/// Channels of a panel of values. T5 up to large and CodeT5 have heads of this size, and the kernels
/// of a prompt in bf16 support no other; heads of other models are made of several.
pub(crate) const HEAD_SIZE: usize = 64;
/// Tokens of a panel.
pub(crate) const KEYS: usize = 32;
/// Words of a panel of `f32`, each of which is one float.
pub(crate) const F32_PANEL_LEN: usize = KEYS * HEAD_SIZE;

/// One head's panels of keys or values. Each word is one `f32`, or two `bf16` as described in
/// [`super::bf16`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadPanels<'a> {
    /// For every 32 tokens, the panels of all heads: `[n_heads, len]` words.
    pub(crate) panels: &'a [&'a [u32]],
    /// Index of the head.
    pub(crate) head: usize,
    /// Words of one panel.
    pub(crate) len: usize,
}

impl HeadPanels<'_> {
    /// Panics unless there is a panel, panels have `len` words, and every panel of the head is
    /// complete.
    pub(super) fn check(&self, len: usize) {
        let end = (self.head + 1) * len;
        assert!(self.len == len && !self.panels.is_empty(), "panels are those of this kernel");
        assert!(self.panels.iter().all(|panel| panel.len() >= end), "and complete");
    }

    /// Channels of a panel whose words are single floats.
    pub(crate) fn n_channels(&self) -> usize {
        self.len / KEYS
    }

    /// Tokens of all panels: the length of a row of scores.
    pub(crate) fn width(&self) -> usize {
        self.panels.len() * KEYS
    }

    /// A pointer to the first word of each panel; `len` words can be read from it.
    pub(crate) fn starts(&self) -> impl Iterator<Item = *const u32> {
        self.panels.iter().map(|panel| panel[self.head * self.len..].as_ptr())
    }
}

/// The arguments of [`Kernels::score`](crate::kernels::Kernels::score), with queries of `f32` or of
/// words of two `bf16`.
pub(crate) struct Scores<'a, T> {
    pub(crate) queries: &'a [T],
    pub(crate) query_stride: usize,
    pub(crate) keys: HeadPanels<'a>,
    pub(crate) bias: &'a [f32],
    /// Index of the first query's bias for the first key. That of query `i` is `i` floats before.
    pub(crate) centre: usize,
    pub(crate) n_rows: usize,
    /// `[n_rows, 32 * n_panels]`.
    pub(crate) out: *mut f32,
}

impl<'a, T> Scores<'a, T> {
    /// Checks the lengths.
    ///
    /// # Panics
    /// As [`Kernels::score`](crate::kernels::Kernels::score).
    pub(super) fn new(
        (queries, query_stride): (&'a [T], usize),
        keys: HeadPanels<'a>,
        (bias, centre): (&'a [f32], usize),
        scores: &mut [f32],
    ) -> Self {
        let (width, query_len) = (keys.width(), keys.len / KEYS);
        let n_rows = scores.len() / width;
        assert!(n_rows > 0 && (n_rows - 1) * query_stride + query_len <= queries.len());
        assert!(n_rows - 1 <= centre && centre + width <= bias.len(), "every distance has a bias");
        Self { queries, query_stride, keys, bias, centre, n_rows, out: scores.as_mut_ptr() }
    }
}

/// The arguments of [`Kernels::sum_values`](crate::kernels::Kernels::sum_values), with
/// probabilities of `f32` or of words of two `bf16`.
pub(crate) struct Sums<'a, T> {
    pub(crate) probabilities: &'a [T],
    /// `[n_rows]`.
    pub(crate) factors: &'a [f32],
    pub(crate) values: HeadPanels<'a>,
    /// The first float of the first row; the next row begins `stride` floats later.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

impl<'a, T> Sums<'a, T> {
    /// Checks the lengths.
    ///
    /// # Panics
    /// As [`Kernels::sum_values`](crate::kernels::Kernels::sum_values).
    pub(super) fn new(
        probabilities: &'a [T],
        factors: &'a [f32],
        values: HeadPanels<'a>,
        (sums, stride): (&mut [f32], usize),
    ) -> Self {
        let (n_rows, n_words) = (factors.len(), values.width() * values.len / F32_PANEL_LEN);
        assert!(n_rows > 0 && n_rows * n_words <= probabilities.len());
        assert!((n_rows - 1) * stride + HEAD_SIZE <= sums.len());
        Self { probabilities, factors, values, out: sums.as_mut_ptr(), stride }
    }
}
