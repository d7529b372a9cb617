//! [`DecoderWeights`]: a decoder's numbers, as its kernels read them.

use std::ops::Range;

use crate::error::T5Error;
use crate::graph_file::GraphFile;
use crate::kernels::{BlockPanels, COLUMNS, HEAD_SIZE, LONGEST_SUM};
use crate::pages::Pages;
use crate::sketch::Sketch;
use crate::weights::{Embedding, dequantize, norm};

/// All numbers of a decoder.
pub(crate) struct DecoderWeights {
    pub(crate) d_model: usize,
    pub(crate) n_heads: usize,
    pub(crate) epsilon: f32,
    pub(crate) embedding: Embedding,
    /// `[n_heads, max_len]`: what looking so far back adds to a score.
    pub(crate) bias: Vec<f32>,
    pub(crate) layers: Vec<DecoderLayer>,
    pub(crate) final_norm: Vec<f32>,
    /// The scores of the vocabulary.
    pub(crate) head: BlockMatrix,
    pub(crate) sketch: Sketch,
    /// What all matrices are in.
    pub(crate) pages: Pages,
}

/// One layer.
pub(crate) struct DecoderLayer {
    pub(crate) attention_norm: Vec<f32>,
    /// Queries, keys and values, below one another.
    pub(crate) qkv: BlockMatrix,
    pub(crate) o: BlockMatrix,
    pub(crate) cross_norm: Vec<f32>,
    pub(crate) cross_q: BlockMatrix,
    pub(crate) cross_o: BlockMatrix,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) wi: BlockMatrix,
    pub(crate) wo: BlockMatrix,
}

impl DecoderWeights {
    /// Takes the weights out of a known graph; `None` where the kernels do not take its shapes.
    ///
    /// # Errors
    /// [`T5Error::Tensor`] if one is missing.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<Self>, T5Error> {
        let Some(embedding) = Embedding::load(file)? else { return Ok(None) };
        let bias = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        let table = file.tensor(bias)?;
        let (Some(bias), Some([n_heads, _])) = (table.floats(), table.matrix()) else {
            return Ok(None);
        };
        let block = |layer: usize| format!("decoder.block.{layer}");
        let has_layer =
            |layer: &usize| file.has(&format!("{}.layer.0.layer_norm.weight", block(*layer)));
        let mut pages = Pages::new(packed_len(file)?).map_err(T5Error::Memory)?;
        let layers = (0..).take_while(has_layer);
        let layers = layers.map(|layer| DecoderLayer::load(file, &block(layer), &mut pages));
        let Some(layers) = layers.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let head = file.weights_of("logits").and_then(|name| name.strip_suffix(".blocks"));
        let head = head.map(|name| Source::find(file, name)).transpose()?.flatten();
        let head = head.filter(|head| Sketch::takes(head.k, head.block));
        let Some(source) = head else { return Ok(None) };
        let head = BlockMatrix::pack(&source, &mut pages)?;
        let column = |index: usize, weights: &mut [f32]| source.column(index, weights);
        let sketch = Sketch::pack(source.n, source.k, column, &mut pages)?;
        let weights = Self {
            d_model: embedding.width(),
            n_heads,
            epsilon: file.epsilon(),
            embedding,
            bias,
            layers,
            final_norm: norm(file, "decoder.final_layer_norm.weight")?,
            head,
            sketch,
            pages,
        };
        Ok(weights.fit_together().then_some(weights))
    }

    /// A matrix's columns from `columns.start` to `columns.end`, both at the edge of a panel.
    pub(crate) fn panels(&self, matrix: &BlockMatrix, columns: &Range<usize>) -> BlockPanels<'_> {
        let BlockMatrix { k, block, .. } = *matrix;
        let bytes = self.pages.bytes(matrix.range.clone());
        let column_len = BlockPanels::panel_len(k, block) / COLUMNS;
        BlockPanels {
            bytes: &bytes[columns.start * column_len..columns.end * column_len],
            k,
            block,
        }
    }

    /// The longest sequence whose distances all have a bias.
    pub(crate) fn max_len(&self) -> usize {
        self.bias.len() / self.n_heads
    }

    /// Threads that can share every matrix so that none is left without a panel, or a head.
    pub(crate) fn max_threads(&self) -> usize {
        let shared = |layer: &DecoderLayer| {
            let matrices = [&layer.o, &layer.cross_o, &layer.wi, &layer.wo];
            matrices.map(|matrix| matrix.n_padded() / COLUMNS)
        };
        let panels = self.layers.iter().flat_map(shared).chain([self.head.n_padded() / COLUMNS]);
        panels.fold(self.n_heads, usize::min)
    }

    /// Whether every layer takes what the one before gives.
    fn fit_together(&self) -> bool {
        let (inner, d_model) = (self.n_heads * HEAD_SIZE, self.d_model);
        let is_layer = |layer: &DecoderLayer| {
            let norms = [&layer.attention_norm, &layer.cross_norm, &layer.feed_forward_norm];
            norms.iter().all(|norm| norm.len() == d_model)
                && layer.qkv.is_shaped(3 * inner, d_model)
                && layer.o.is_shaped(d_model, inner)
                && layer.cross_q.is_shaped(inner, d_model)
                && layer.cross_o.is_shaped(d_model, inner)
                && layer.wi.is_shaped(layer.wi.n, d_model)
                && layer.wo.is_shaped(d_model, layer.wi.n)
        };
        !self.layers.is_empty()
            && self.layers.iter().all(is_layer)
            && self.final_norm.len() == d_model
            && self.head.is_shaped(self.head.n, d_model)
            && self.head.n >= self.embedding.n_tokens()
    }
}

impl DecoderLayer {
    fn load(file: &GraphFile, block: &str, pages: &mut Pages) -> Result<Option<Self>, T5Error> {
        let mut matrix =
            |name: &str| BlockMatrix::load(file, &format!("{block}.{name}.weight"), pages);
        let [qkv, o] = [matrix("layer.0.SelfAttention.qkv")?, matrix("layer.0.SelfAttention.o")?];
        let [cross_q, cross_o] =
            [matrix("layer.1.EncDecAttention.q")?, matrix("layer.1.EncDecAttention.o")?];
        let [wi, wo] = [matrix("layer.2.DenseReluDense.wi")?, matrix("layer.2.DenseReluDense.wo")?];
        let (Some(qkv), Some(o), Some(cross_q), Some(cross_o), Some(wi), Some(wo)) =
            (qkv, o, cross_q, cross_o, wi, wo)
        else {
            return Ok(None);
        };
        let [attention_norm, cross_norm, feed_forward_norm] =
            [0, 1, 2].map(|layer| norm(file, &format!("{block}.layer.{layer}.layer_norm.weight")));
        Ok(Some(Self {
            attention_norm: attention_norm?,
            qkv,
            o,
            cross_norm: cross_norm?,
            cross_q,
            cross_o,
            feed_forward_norm: feed_forward_norm?,
            wi,
            wo,
        }))
    }
}

/// Bytes that all matrices of the graph are packed into, and the largest of them once more as a sketch.
fn packed_len(file: &GraphFile) -> Result<usize, T5Error> {
    let matrices = file.names().filter(|name| name.ends_with(".blocks"));
    let mut lens = Vec::new();
    for name in matrices {
        // Another kind of matrix is refused when its turn comes.
        let Some([n, n_blocks, block]) = file.tensor(name)?.blocks() else { continue };
        let (n_panels, k) = (n.div_ceil(COLUMNS), n_blocks.saturating_mul(block));
        let panels = n_panels.saturating_mul(BlockPanels::panel_len(k, block));
        lens.push((panels, n_panels.saturating_mul(Sketch::panel_len(k))));
    }
    let sketch = lens.iter().map(|(_, sketch)| *sketch).max().unwrap_or_default();
    Ok(lens.iter().fold(sketch, |sum, (panels, _)| sum.saturating_add(*panels)))
}

/// A linear layer, `[.., k]` to `[.., n]`, in unsigned bytes with a scale a block.
pub(crate) struct BlockMatrix {
    pub(crate) n: usize,
    pub(crate) k: usize,
    pub(crate) block: usize,
    /// Where its panels are.
    range: Range<usize>,
}

impl BlockMatrix {
    /// Packs the matrix of this name into `pages`. `None` where its numbers are of another kind.
    fn load(file: &GraphFile, name: &str, pages: &mut Pages) -> Result<Option<Self>, T5Error> {
        Source::find(file, name)?.map(|source| Self::pack(&source, pages)).transpose()
    }

    fn pack(source: &Source<'_>, pages: &mut Pages) -> Result<Self, T5Error> {
        let Source { n, k, block, quants, scales } = source;
        let panel_len = BlockPanels::panel_len(*k, *block);
        let (range, panels) =
            pages.take(n.div_ceil(COLUMNS) * panel_len).map_err(T5Error::Memory)?;
        let columns = quants.chunks(COLUMNS * k).zip(scales.chunks(COLUMNS * k / block));
        for ((quants, scales), panel) in columns.zip(panels.chunks_exact_mut(panel_len)) {
            BlockPanels::pack(quants, scales, (*k, *block), panel);
        }
        Ok(Self { n: *n, k: *k, block: *block, range })
    }

    fn is_shaped(&self, n: usize, k: usize) -> bool {
        self.n == n && self.k == k
    }

    /// Columns, with those that fill the last panel.
    pub(crate) fn n_padded(&self) -> usize {
        self.n.next_multiple_of(COLUMNS)
    }
}

/// A linear layer in the model's file.
struct Source<'a> {
    n: usize,
    k: usize,
    block: usize,
    /// `[n, k]`.
    quants: &'a [u8],
    /// `[n, k / block]`.
    scales: Vec<f32>,
}

impl<'a> Source<'a> {
    /// `None` where the numbers are of another kind.
    fn find(file: &'a GraphFile, name: &str) -> Result<Option<Self>, T5Error> {
        let blocks = format!("{name}.blocks");
        if !file.has(&blocks) {
            return Ok(None);
        }
        let quants = file.tensor(&blocks)?;
        let Some([n, n_blocks, block]) = quants.blocks() else { return Ok(None) };
        let scales = file.tensor(&format!("{name}.scales"))?;
        let (Some(quants), Some(shape), Some(scales)) =
            (quants.unsigned(), scales.matrix(), scales.floats())
        else {
            return Ok(None);
        };
        // Blocks of four bits are half as long as their size says, and fit to no layer.
        let is_known =
            shape == [n, n_blocks] && block.is_multiple_of(COLUMNS) && block <= LONGEST_SUM;
        Ok(is_known.then(|| Self { n, k: n_blocks * block, block, quants, scales }))
    }

    /// Writes a column's weights.
    fn column(&self, index: usize, weights: &mut [f32]) {
        let n_blocks = self.k / self.block;
        let quants = &self.quants[index * self.k..][..self.k];
        dequantize(quants, &self.scales[index * n_blocks..][..n_blocks], weights);
    }
}
