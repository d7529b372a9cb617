//! [`EncoderWeights`]: an encoder's weights. Tensors have the names that they have in Hugging Face
//! Transformers.

use crate::attention::position_bias::PositionBias;
use crate::error::CpuError;
use crate::kernels::HEAD_SIZE;
use crate::weights::embedding::Embedding;
use crate::weights::graph_file::GraphFile;
use crate::weights::linear::Linear;

/// All weights of an encoder.
pub(crate) struct EncoderWeights {
    pub(crate) d_model: usize,
    pub(crate) n_heads: usize,
    /// Added to the mean square in norms.
    pub(crate) epsilon: f32,
    pub(crate) embedding: Embedding,
    pub(crate) bias: PositionBias,
    pub(crate) layers: Vec<EncoderLayer>,
    pub(crate) final_norm: Vec<f32>,
    /// The projections to the keys of every decoder layer's cross-attention, then those to the
    /// values.
    pub(crate) cross: Vec<Linear>,
}

/// The weights of one layer.
pub(crate) struct EncoderLayer {
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) q: Linear,
    pub(crate) k: Linear,
    pub(crate) v: Linear,
    pub(crate) o: Linear,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) wi: Linear,
    pub(crate) wo: Linear,
}

impl EncoderWeights {
    /// Loads the weights of an encoder's graph. `None` if the kernels do not take their shapes.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one is missing or incomplete.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<Self>, CpuError> {
        let Some(embedding) = Embedding::load(file)? else { return Ok(None) };
        let block = |layer: usize| format!("encoder.block.{layer}");
        let bias = "layer.0.SelfAttention.relative_attention_bias.weight";
        let bias = file.tensor(&format!("{}.{bias}", block(0)))?;
        let (Some(table), Some([n_heads, _])) = (bias.floats(), bias.matrix()) else {
            return Ok(None);
        };
        let has_layer =
            |layer: &usize| file.has(&format!("{}.layer.0.layer_norm.weight", block(*layer)));
        let layers =
            (0..).take_while(has_layer).map(|layer| EncoderLayer::load(file, &block(layer)));
        let Some(layers) = layers.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let Some(cross) = cross(file)? else { return Ok(None) };
        let weights = Self {
            d_model: embedding.width(),
            n_heads,
            epsilon: file.epsilon(),
            embedding,
            bias: PositionBias::new(&table, n_heads),
            layers,
            final_norm: file.vector("encoder.final_layer_norm.weight")?,
            cross,
        };
        Ok(weights.fit_together().then_some(weights))
    }

    /// Whether the shapes of all layers fit together.
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

impl EncoderLayer {
    fn load(file: &GraphFile, block: &str) -> Result<Option<Self>, CpuError> {
        let linear = |name: &str| Linear::load(file, &format!("{block}.{name}.weight"));
        let attention = |part: &str| linear(&format!("layer.0.SelfAttention.{part}"));
        let [q, k, v, o] = [attention("q")?, attention("k")?, attention("v")?, attention("o")?];
        let [wi, wo] = [linear("layer.1.DenseReluDense.wi")?, linear("layer.1.DenseReluDense.wo")?];
        let (Some(q), Some(k), Some(v), Some(o), Some(wi), Some(wo)) = (q, k, v, o, wi, wo) else {
            return Ok(None);
        };
        let [attention_norm, feed_forward_norm] = ["layer.0", "layer.1"]
            .map(|part| file.vector(&format!("{block}.{part}.layer_norm.weight")));
        let (attention_norm, feed_forward_norm) = (attention_norm?, feed_forward_norm?);
        Ok(Some(Self { attention_norm, q, k, v, o, feed_forward_norm, wi, wo }))
    }
}

/// Loads the projections of [`EncoderWeights::cross`]. `None` if the kernels do not take one of
/// them.
fn cross(file: &GraphFile) -> Result<Option<Vec<Linear>>, CpuError> {
    let name = |layer: usize, part: &str| {
        format!("decoder.block.{layer}.layer.1.EncDecAttention.{part}.weight")
    };
    let n_layers =
        (0..).take_while(|&layer| file.has(&format!("{}.columns", name(layer, "k")))).count();
    let parts =
        ["k", "v"].into_iter().flat_map(|part| (0..n_layers).map(move |layer| (layer, part)));
    parts.map(|(layer, part)| Linear::load(file, &name(layer, part))).collect()
}
