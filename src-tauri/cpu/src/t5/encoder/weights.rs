//! [`Weights`]: an encoder's numbers, under the names that Hugging Face gives them.

use crate::error::T5Error;
use crate::graph_file::{GraphFile, MappedBytes};
use crate::kernels::{HEAD_SIZE, KEYS};
use crate::linear::Linear;

/// The byte that means zero, where bytes are unsigned.
const ZERO: i16 = 128;

/// All numbers of an encoder.
pub(crate) struct Weights {
    pub(crate) d_model: usize,
    pub(crate) n_heads: usize,
    pub(crate) epsilon: f32,
    pub(crate) embedding: Embedding,
    pub(crate) bias: PositionBias,
    pub(crate) layers: Vec<Layer>,
    pub(crate) final_norm: Vec<f32>,
    /// The projections to the keys, then the values, of every decoder layer's cross-attention.
    pub(crate) cross: Vec<Linear>,
}

/// One layer.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) q: Linear,
    pub(crate) k: Linear,
    pub(crate) v: Linear,
    pub(crate) o: Linear,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) wi: Linear,
    pub(crate) wo: Linear,
}

impl Weights {
    /// Takes the weights out of a graph that [is one](GraphFile::is_encoder); `None` where the kernels do not take its
    /// shapes.
    ///
    /// # Errors
    /// [`T5Error::Tensor`] if one is missing.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<Self>, T5Error> {
        let Some(embedding) = Embedding::load(file)? else { return Ok(None) };
        let block = |layer: usize| format!("encoder.block.{layer}");
        let bias = "layer.0.SelfAttention.relative_attention_bias.weight";
        let bias = file.tensor(&format!("{}.{bias}", block(0)))?;
        let (Some(table), Some([n_heads, _])) = (bias.floats(), bias.matrix()) else {
            return Ok(None);
        };
        let has_layer =
            |layer: &usize| file.has(&format!("{}.layer.0.layer_norm.weight", block(*layer)));
        let layers = (0..).take_while(has_layer).map(|layer| Layer::load(file, &block(layer)));
        let Some(layers) = layers.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let Some(cross) = cross(file)? else { return Ok(None) };
        let weights = Self {
            d_model: embedding.width(),
            n_heads,
            epsilon: file.epsilon(),
            embedding,
            bias: PositionBias::new(&table, n_heads),
            layers,
            final_norm: norm(file, "encoder.final_layer_norm.weight")?,
            cross,
        };
        Ok(weights.fit_together().then_some(weights))
    }

    /// Whether every layer takes what the one before gives.
    fn fit_together(&self) -> bool {
        let inner = self.n_heads * HEAD_SIZE;
        let norms =
            self.layers.iter().flat_map(|layer| [&layer.attention_norm, &layer.feed_forward_norm]);
        let mut projections =
            self.layers.iter().flat_map(|layer| [&layer.q, &layer.k, &layer.v]).chain(&self.cross);
        norms.chain([&self.final_norm]).all(|norm| norm.len() == self.d_model)
            && projections.all(|linear| linear.shape() == [self.d_model, inner])
            && self.layers.iter().all(|layer| {
                layer.o.shape() == [inner, self.d_model]
                    && layer.wi.shape() == [self.d_model, layer.wi.n()]
                    && layer.wo.shape() == [layer.wi.n(), self.d_model]
            })
            && !self.layers.is_empty()
            && !self.cross.is_empty()
    }
}

impl Layer {
    fn load(file: &GraphFile, block: &str) -> Result<Option<Self>, T5Error> {
        let linear = |name: &str| linear(file, &format!("{block}.{name}.weight"));
        let attention = |part: &str| linear(&format!("layer.0.SelfAttention.{part}"));
        let [q, k, v, o] = [attention("q")?, attention("k")?, attention("v")?, attention("o")?];
        let [wi, wo] = [linear("layer.1.DenseReluDense.wi")?, linear("layer.1.DenseReluDense.wo")?];
        let (Some(q), Some(k), Some(v), Some(o), Some(wi), Some(wo)) = (q, k, v, o, wi, wo) else {
            return Ok(None);
        };
        let [attention_norm, feed_forward_norm] = ["layer.0", "layer.1"]
            .map(|part| norm(file, &format!("{block}.{part}.layer_norm.weight")));
        let (attention_norm, feed_forward_norm) = (attention_norm?, feed_forward_norm?);
        Ok(Some(Self { attention_norm, q, k, v, o, feed_forward_norm, wi, wo }))
    }
}

/// A norm's factors.
pub(crate) fn norm(file: &GraphFile, name: &str) -> Result<Vec<f32>, T5Error> {
    file.tensor(name)?.floats().ok_or_else(|| T5Error::Tensor(name.to_owned()))
}

/// A linear layer, unless its shape or its numbers are of another kind.
fn linear(file: &GraphFile, name: &str) -> Result<Option<Linear>, T5Error> {
    let columns = format!("{name}.columns");
    if !file.has(&columns) {
        return Ok(None);
    }
    let (weights, scales) = (file.tensor(&columns)?, file.tensor(&format!("{name}.scales"))?);
    let shape = weights.matrix().filter(|&shape| Linear::fits(shape));
    let (Some([_, n]), Some(weights), Some(scales)) = (shape, weights.signed(), scales.floats())
    else {
        return Ok(None);
    };
    if scales.len() != n {
        return Err(T5Error::Tensor(format!("{name}.scales")));
    }
    Ok(Some(Linear::pack(weights, scales)))
}

fn cross(file: &GraphFile) -> Result<Option<Vec<Linear>>, T5Error> {
    let name = |layer: usize, part: &str| {
        format!("decoder.block.{layer}.layer.1.EncDecAttention.{part}.weight")
    };
    let n_layers =
        (0..).take_while(|&layer| file.has(&format!("{}.columns", name(layer, "k")))).count();
    let parts =
        ["k", "v"].into_iter().flat_map(|part| (0..n_layers).map(move |layer| (layer, part)));
    parts.map(|(layer, part)| linear(file, &name(layer, part))).collect()
}

/// The vocabulary's vectors, in bytes with a scale for some channels each.
pub(crate) struct Embedding {
    width: usize,
    /// `[vocab_size, width]`.
    quants: MappedBytes,
    /// `[vocab_size, width / block]`.
    scales: Vec<f32>,
}

impl Embedding {
    pub(crate) fn load(file: &GraphFile) -> Result<Option<Self>, T5Error> {
        let Some(name) = file.embedding() else { return Ok(None) };
        let (quants, scales) =
            (file.tensor(&format!("{name}.rows"))?, file.tensor(&format!("{name}.scales"))?);
        let (Some([n, width]), Some([n_scales, n_blocks])) = (quants.matrix(), scales.matrix())
        else {
            return Ok(None);
        };
        let (Some(quants), Some(scales)) = (file.map(&format!("{name}.rows"))?, scales.floats())
        else {
            return Ok(None);
        };
        // Four bits would be half as wide, which no layer fits to.
        let is_whole = n == n_scales && n_blocks > 0 && width.is_multiple_of(n_blocks);
        Ok(is_whole.then(|| Self { width, quants, scales }))
    }

    /// Channels of a vector.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// How many tokens there are.
    pub(crate) fn n_tokens(&self) -> usize {
        self.quants.len() / self.width
    }

    /// Refuses ids that there is no vector for.
    ///
    /// # Errors
    /// [`T5Error::Input`] with the first of them.
    pub(crate) fn check(&self, ids: &[u32]) -> Result<(), T5Error> {
        match ids.iter().find(|id| **id as usize >= self.n_tokens()) {
            Some(id) => Err(T5Error::Input(format!("the model has no token {id}"))),
            None => Ok(()),
        }
    }

    /// Writes the vectors of `ids` into `rows`, one after the other.
    pub(crate) fn look_up_all(&self, ids: &[u32], rows: &mut Vec<f32>) {
        rows.resize(ids.len() * self.width, 0.0);
        for (row, id) in rows.chunks_exact_mut(self.width).zip(ids) {
            self.look_up(*id as usize, row);
        }
    }

    /// Writes a token's vector.
    fn look_up(&self, id: usize, out: &mut [f32]) {
        let n_blocks = self.scales.len() / self.n_tokens();
        let quants = &self.quants[id * self.width..][..self.width];
        dequantize(quants, &self.scales[id * n_blocks..][..n_blocks], out);
    }
}

/// Writes what unsigned bytes stand for, of which as many share each of `scales`.
pub(crate) fn dequantize(quants: &[u8], scales: &[f32], out: &mut [f32]) {
    let block = quants.len() / scales.len();
    let blocks = out.chunks_exact_mut(block).zip(quants.chunks_exact(block)).zip(scales);
    for ((out, quants), scale) in blocks {
        for (out, quant) in out.iter_mut().zip(quants) {
            *out = f32::from(i16::from(*quant) - ZERO) * scale;
        }
    }
}

/// What every head adds to a score for the distance between its tokens.
#[derive(Debug)]
pub(crate) struct PositionBias {
    /// `[n_heads, width]`: column `j - i + max_len - 1` for looking from `i` at `j`, and a panel's columns of nothing.
    table: Vec<f32>,
    width: usize,
    max_len: usize,
}

impl PositionBias {
    /// From the graph's table, `[n_heads, 2 * max_len - 1]`.
    pub(crate) fn new(table: &[f32], n_heads: usize) -> Self {
        let n_distances = table.len() / n_heads;
        let padding = [0.0; KEYS];
        let heads = table.chunks_exact(n_distances);
        let table = heads.flat_map(|head| head.iter().chain(&padding).copied()).collect();
        Self { table, width: n_distances + KEYS, max_len: n_distances.div_ceil(2) }
    }

    /// The longest prompt whose distances are all there.
    pub(crate) fn max_len(&self) -> usize {
        self.max_len
    }

    /// A head's biases, and where that of looking from `token` at the first token is.
    pub(crate) fn of(&self, head: usize, token: usize) -> (&[f32], usize) {
        (&self.table[head * self.width..][..self.width], self.max_len - 1 - token)
    }
}
