//! [`KvCache`]: the decoder's keys and values.

use ort::memory::Allocator;
use ort::session::IoBinding;
use ort::value::Tensor;
use pounce_model_format::Dimensions;

/// The buffers that all runs share.
pub(super) struct KvCache {
    /// Keys of every layer, then values: `[1, n_kv_heads, capacity, head_size]`. Axis 2 fills up.
    pub(super) tensors: Vec<(String, String, Tensor<f32>)>,
    pub(super) capacity: usize,
    /// Tokens in the cache after the run, less one: `[1]`.
    pub(super) seqlens_k: Tensor<i32>,
    /// Tokens in the cache after the run: a scalar.
    pub(super) total_seq_len: Tensor<i32>,
    /// The first of the new tokens whose successor is wanted: `[1]`. Read by graphs without an
    /// encoder, which have long prompts to feed.
    pub(super) first_output: Tensor<i64>,
}

impl KvCache {
    pub(super) fn new(dimensions: &Dimensions, capacity: usize) -> ort::Result<Self> {
        let allocator = Allocator::default();
        let shape = [1, dimensions.n_kv_heads, capacity, dimensions.head_size];
        let mut tensors = Vec::with_capacity(2 * dimensions.n_decoder_layers);
        for (part, layer) in ["k", "v"]
            .iter()
            .flat_map(|part| (0..dimensions.n_decoder_layers).map(move |layer| (part, layer)))
        {
            let mut tensor = Tensor::new(&allocator, shape)?;
            tensor.extract_tensor_mut().1.fill(0.0);
            tensors.push((
                format!("past_{part}_{layer}"),
                format!("present_{part}_{layer}"),
                tensor,
            ));
        }
        let scalar: [usize; 0] = [];
        Ok(Self {
            tensors,
            capacity,
            seqlens_k: Tensor::new(&allocator, [1_usize])?,
            total_seq_len: Tensor::new(&allocator, scalar)?,
            first_output: Tensor::new(&allocator, [1_usize])?,
        })
    }

    /// Binds every layer's buffer as its past and as its present.
    pub(super) fn bind(&mut self, binding: &mut IoBinding) -> ort::Result<()> {
        for (past, present, tensor) in &mut self.tensors {
            binding.bind_input(past.as_str(), &*tensor)?;
            binding.bind_output(present.as_str(), tensor)?;
        }
        Ok(())
    }

    pub(super) fn set_first_output(&mut self, first: usize) {
        self.first_output.extract_tensor_mut().1[0] =
            i64::try_from(first).expect("a position is far below 63 bits");
    }

    pub(super) fn set_total(&mut self, total: usize) {
        let total = i32::try_from(total).expect("a capacity fits the graph's 32-bit positions");
        self.seqlens_k.extract_tensor_mut().1[0] = total - 1;
        self.total_seq_len.extract_tensor_mut().1[0] = total;
    }
}
