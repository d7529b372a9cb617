//! [`DecoderWeights`]: a decoder's weights. Tensors have the names that they have in Hugging Face
//! Transformers.

use crate::decoder::frame::{Frame, TokenVectors};
use crate::error::CpuError;
use crate::kernels::{COLUMNS, HEAD_SIZE};
use crate::output_head::head::OutputHead;
use crate::weights::block_matrix::BlockMatrix;
use crate::weights::embedding::Embedding;
use crate::weights::graph_file::GraphFile;
use crate::weights::huge_pages::HugePages;

/// The weights of a decoder's layers.
pub(crate) struct DecoderWeights {
    pub(crate) n_heads: usize,
    /// `[n_heads, max_len]`: what each head adds to the score of the key that many positions back.
    pub(crate) bias: Vec<f32>,
    pub(crate) layers: Vec<DecoderLayer>,
}

/// The weights of one layer.
pub(crate) struct DecoderLayer {
    pub(crate) attention_norm: Vec<f32>,
    /// `[d_model, 3 * n_heads * 64]`: the projections to queries, keys and values side by side.
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
    /// Loads the weights of a decoder's graph, and those around its layers. `None` if the kernels do
    /// not take their shapes.
    ///
    /// # Errors
    /// [`CpuError::Tensor`] if one is missing or incomplete, [`CpuError::Memory`] if there is no
    /// memory for them.
    pub(crate) fn load(file: &GraphFile) -> Result<Option<(Frame, Self)>, CpuError> {
        let Some(embedding) = Embedding::load(file)? else { return Ok(None) };
        let bias = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        let table = file.tensor(bias)?;
        let (Some(bias), Some([n_heads, _])) = (table.floats(), table.matrix()) else {
            return Ok(None);
        };
        let block = |layer: usize| format!("decoder.block.{layer}");
        let has_layer =
            |layer: &usize| file.has(&format!("{}.layer.0.layer_norm.weight", block(*layer)));
        let mut memory = HugePages::new(OutputHead::memory_len(file)?).map_err(CpuError::Memory)?;
        let layers = (0..).take_while(has_layer);
        let layers = layers.map(|layer| DecoderLayer::load(file, &block(layer), &mut memory));
        let Some(layers) = layers.collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
        let Some(head) = OutputHead::load(file, &mut memory)? else { return Ok(None) };
        let frame = Frame {
            d_model: embedding.width(),
            epsilon: file.epsilon(),
            token_vectors: TokenVectors::Table(embedding),
            final_norm: file.vector("decoder.final_layer_norm.weight")?,
            head,
            memory,
        };
        let weights = Self { n_heads, bias, layers };
        let fit_together = frame.is_whole() && weights.fit_together(frame.d_model);
        Ok(fit_together.then_some((frame, weights)))
    }

    /// Tokens of the longest completion whose distances all have a bias.
    pub(crate) fn max_len(&self) -> usize {
        self.bias.len() / self.n_heads
    }

    /// The most threads among which every matrix and every attention can be split so that each has
    /// a panel and a head.
    pub(crate) fn max_threads(&self, frame: &Frame) -> usize {
        let shared = |layer: &DecoderLayer| {
            let matrices = [&layer.o, &layer.cross_o, &layer.wi, &layer.wo];
            matrices.map(|matrix| matrix.n_padded() / COLUMNS)
        };
        let panels =
            self.layers.iter().flat_map(shared).chain([frame.head.matrix.n_padded() / COLUMNS]);
        panels.fold(self.n_heads, usize::min)
    }

    /// Whether the shapes of all layers fit together.
    fn fit_together(&self, d_model: usize) -> bool {
        let inner = self.n_heads * HEAD_SIZE;
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
        !self.layers.is_empty() && self.layers.iter().all(is_layer)
    }
}

impl DecoderLayer {
    fn load(
        file: &GraphFile,
        block: &str,
        memory: &mut HugePages,
    ) -> Result<Option<Self>, CpuError> {
        let mut matrix =
            |name: &str| BlockMatrix::load(file, &format!("{block}.{name}.weight"), memory);
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
            [0, 1, 2].map(|layer| file.vector(&format!("{block}.layer.{layer}.layer_norm.weight")));
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
