//! PANELDOC

/// The width of a head that the kernels are made for, which is that of T5 up to large, and of CodeT5.
pub(crate) const HEAD_SIZE: usize = 64;
/// Keys, or values, in a panel.
pub(crate) const KEYS: usize = 32;
/// Floats in a panel.
pub(crate) const F32_PANEL_LEN: usize = KEYS * HEAD_SIZE;

/// One head's panels of keys or values, in words of one float, or of two halves ([`super::halves`]).
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadPanels<'a> {
    /// All heads' panels, `[n_heads]`, for every 32 tokens.
    pub(crate) panels: &'a [&'a [u32]],
    /// Which head's are meant.
    pub(crate) head: usize,
    /// Words in a panel.
    pub(crate) len: usize,
}

impl HeadPanels<'_> {
    /// Panics unless all panels are there, and as long as they have to be.
    pub(super) fn check(&self, len: usize) {
        let end = (self.head + 1) * len;
        assert!(self.len == len && !self.panels.is_empty(), "panels are of this kind");
        assert!(self.panels.iter().all(|panel| panel.len() >= end), "and whole");
    }

    /// Scores, or shares, in a row.
    pub(crate) fn width(&self) -> usize {
        self.panels.len() * KEYS
    }

    /// The first word of each panel, which is followed by a whole panel.
    pub(crate) fn starts(&self) -> impl Iterator<Item = *const u32> {
        self.panels.iter().map(|panel| panel[self.head * self.len..].as_ptr())
    }
}

/// What is scored, by queries of floats, or of words of two halves.
pub(crate) struct Scores<'a, T> {
    pub(crate) queries: &'a [T],
    pub(crate) query_stride: usize,
    pub(crate) keys: HeadPanels<'a>,
    pub(crate) bias: &'a [f32],
    /// Where the first query's first bias is; that of the next is one float before.
    pub(crate) centre: usize,
    pub(crate) n_rows: usize,
    /// `[n_rows, 32 * n_panels]`.
    pub(crate) out: *mut f32,
}

impl<'a, T> Scores<'a, T> {
    /// See [`Kernels::score`], whose panics these are.
    pub(super) fn new(
        (queries, query_stride): (&'a [T], usize),
        keys: HeadPanels<'a>,
        (bias, centre): (&'a [f32], usize),
        scores: &mut [f32],
    ) -> Self {
        let (width, query_len) = (keys.width(), keys.len / KEYS);
        let n_rows = scores.len() / width;
        assert!(n_rows > 0 && (n_rows - 1) * query_stride + query_len <= queries.len());
        assert!(
            n_rows - 1 <= centre && centre + width <= bias.len(),
            "every distance has its bias"
        );
        Self { queries, query_stride, keys, bias, centre, n_rows, out: scores.as_mut_ptr() }
    }
}

/// What is summed up, by shares of floats, or of words of two halves.
pub(crate) struct Sums<'a, T> {
    pub(crate) shares: &'a [T],
    /// One for each row.
    pub(crate) factors: &'a [f32],
    pub(crate) values: HeadPanels<'a>,
    /// The first row's first float, in rows of `stride`.
    pub(crate) out: *mut f32,
    pub(crate) stride: usize,
}

impl<'a, T> Sums<'a, T> {
    /// See [`Kernels::sum_values`], whose panics these are.
    pub(super) fn new(
        shares: &'a [T],
        factors: &'a [f32],
        values: HeadPanels<'a>,
        (sums, stride): (&mut [f32], usize),
    ) -> Self {
        let (n_rows, n_words) = (factors.len(), values.width() * values.len / F32_PANEL_LEN);
        assert!(n_rows > 0 && n_rows * n_words <= shares.len());
        assert!((n_rows - 1) * stride + HEAD_SIZE <= sums.len());
        Self { shares, factors, values, out: sums.as_mut_ptr(), stride }
    }
}
