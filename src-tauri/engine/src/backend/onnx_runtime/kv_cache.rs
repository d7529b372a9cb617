//! [`KvCache`]: the decoder's keys and values, in buffers that never move.
//!
//! Each layer's buffer is bound both as the graph's past and as its present, so that the attention
//! operator appends new entries in place. Two small inputs tell how much of the buffers is in use.

use ort::memory::Allocator;
use ort::session::IoBinding;
use ort::value::Tensor;
use pounce_model_format::Dimensions;

/// The buffers that all decoder runs share.
pub(super) struct KvCache {
    layers: Vec<LayerBuffer>,
    /// Tokens that the buffers have room for.
    pub(super) capacity: usize,
    /// Tokens in the cache after the run, less one: `[1]`.
    pub(super) seqlens_k: Tensor<i32>,
    /// Tokens in the cache after the run: a scalar.
    pub(super) total_seq_len: Tensor<i32>,
    /// Index of the first new token that has an output: `[1]`. Only decoder-only graphs have this
    /// input, because they read long prompts.
    pub(super) first_output: Tensor<i64>,
}

/// The keys or the values of one layer.
struct LayerBuffer {
    /// The graph's input, `past_k_0`.
    past: String,
    /// The graph's output, `present_k_0`.
    present: String,
    /// `[1, n_kv_heads, capacity, head_size]`; axis 2 fills up.
    tensor: Tensor<f32>,
}

impl KvCache {
    pub(super) fn new(dimensions: &Dimensions, capacity: usize) -> ort::Result<Self> {
        let allocator = Allocator::default();
        let shape = [1, dimensions.n_kv_heads, capacity, dimensions.head_size];
        let mut layers = Vec::with_capacity(2 * dimensions.n_decoder_layers);
        for part in ["k", "v"] {
            for layer in 0..dimensions.n_decoder_layers {
                let mut tensor = Tensor::new(&allocator, shape)?;
                tensor.extract_tensor_mut().1.fill(0.0);
                let [past, present] = ["past", "present"].map(|it| format!("{it}_{part}_{layer}"));
                layers.push(LayerBuffer { past, present, tensor });
            }
        }
        let scalar: [usize; 0] = [];
        Ok(Self {
            layers,
            capacity,
            seqlens_k: Tensor::new(&allocator, [1_usize])?,
            total_seq_len: Tensor::new(&allocator, scalar)?,
            first_output: Tensor::new(&allocator, [1_usize])?,
        })
    }

    /// Binds every layer's buffer as its past and as its present.
    pub(super) fn bind(&mut self, binding: &mut IoBinding) -> ort::Result<()> {
        for LayerBuffer { past, present, tensor } in &mut self.layers {
            binding.bind_input(past.as_str(), &*tensor)?;
            binding.bind_output(present.as_str(), tensor)?;
        }
        Ok(())
    }

    /// Sets the index of the first new token that has an output.
    pub(super) fn set_first_output(&mut self, first: usize) {
        self.first_output.extract_tensor_mut().1[0] =
            i64::try_from(first).expect("a position is far below 63 bits");
    }

    /// Sets the number of tokens in the cache after the run.
    pub(super) fn set_total(&mut self, total: usize) {
        let total = i32::try_from(total).expect("a capacity fits the graph's 32-bit positions");
        self.seqlens_k.extract_tensor_mut().1[0] = total - 1;
        self.total_seq_len.extract_tensor_mut().1[0] = total;
    }
}
