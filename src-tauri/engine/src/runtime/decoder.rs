//! [`Decoder`]: the decoder's session, its cache of keys and values, and the bindings that let a
//! step run without copying or allocating tensors.
//!
//! The cache is a static buffer of `[1, n_kv_heads, capacity, head_size]` for keys and for values
//! of each layer. It is bound as the graph's past and as its present, so that the attention
//! operator writes new entries in place. How much of it is in use is told by two small inputs.

use ndarray::Axis;
use ort::memory::Allocator;
use ort::session::{IoBinding, RunOptions, Session};
use ort::value::{DynValue, Tensor};
use pounce_manifest::{Dimensions, ModelManifest};

use super::ort_graph::run_error;
use crate::error::EngineError;
use crate::graph::{TokenId, Wanted};

/// See the module's documentation.
pub(super) struct Decoder {
    session: Session,
    dimensions: Dimensions,
    cache: Cache,
    /// Outputs of the encoder, by the name of the input they go to; empty without an encoder.
    cross: Vec<(String, DynValue)>,
    /// Counts the calls of [`Decoder::set_cross`], so that a slot knows whether it is bound to the
    /// newest.
    cross_version: u64,
    /// `slots[n - 1]` runs n tokens at once; made when first needed.
    slots: Vec<Option<Slot>>,
    next_ids: Vec<TokenId>,
    /// Tokens of the last run, whose slot holds the logits.
    last_width: usize,
}

/// The buffers that all runs share.
struct Cache {
    /// Keys of every layer, then values: `[1, n_kv_heads, capacity, head_size]`. Axis 2 fills up.
    tensors: Vec<(String, String, Tensor<f32>)>,
    capacity: usize,
    /// Tokens in the cache after the run, less one: `[1]`.
    seqlens_k: Tensor<i32>,
    /// Tokens in the cache after the run: a scalar.
    total_seq_len: Tensor<i32>,
}

/// Inputs, outputs and binding for runs of one width n.
struct Slot {
    /// `[1, n]`
    tokens: Tensor<i64>,
    /// `[1, n]`
    next_ids: Tensor<i64>,
    plain: Binding,
    /// Also writes the logits, `[1, n, vocab_size]`.
    scored: Option<(Binding, Tensor<f32>)>,
}

struct Binding {
    inner: IoBinding,
    cross_version: u64,
}

impl Decoder {
    pub(super) fn new(
        session: Session,
        manifest: &ModelManifest,
        capacity: usize,
    ) -> Result<Self, EngineError> {
        let dimensions = manifest.dimensions;
        let cache =
            Cache::new(&dimensions, capacity).map_err(|source| run_error("load", &source))?;
        Ok(Self {
            session,
            dimensions,
            cache,
            cross: Vec::new(),
            cross_version: 0,
            slots: Vec::new(),
            next_ids: Vec::new(),
            last_width: 1,
        })
    }

    /// Makes the encoder's outputs the ones that decoding looks at.
    pub(super) fn set_cross(&mut self, cross: Vec<(String, DynValue)>) {
        self.cross = cross;
        self.cross_version += 1;
    }

    pub(super) fn capacity(&self) -> usize {
        self.cache.capacity
    }

    pub(super) fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        if n > self.cache.capacity {
            // The slots are bound to the old buffers.
            self.slots.clear();
            self.cache =
                Cache::new(&self.dimensions, n).map_err(|source| run_error("reserve", &source))?;
        }
        Ok(())
    }

    /// Feeds `tokens` at position `past`.
    pub(super) fn run(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        wanted: Wanted,
        options: &RunOptions,
    ) -> Result<(), EngineError> {
        assert!(
            !tokens.is_empty() && past + tokens.len() <= self.cache.capacity,
            "the caller reserved room"
        );
        self.cache.set_total(past + tokens.len());
        self.try_run(tokens, wanted, options).map_err(|source| run_error("decode", &source))
    }

    fn try_run(
        &mut self,
        tokens: &[TokenId],
        wanted: Wanted,
        options: &RunOptions,
    ) -> ort::Result<()> {
        let width = tokens.len();
        self.ensure_slot(width, wanted)?;
        let slot = self.slots[width - 1].as_mut().expect("the slot was just ensured");
        for (input, token) in slot.tokens.extract_tensor_mut().1.iter_mut().zip(tokens) {
            *input = i64::from(*token);
        }
        let binding = slot.binding_mut(wanted);
        if binding.cross_version != self.cross_version {
            bind_cross(&mut binding.inner, &self.cross)?;
            binding.cross_version = self.cross_version;
        }
        self.session.run_binding_with_options(&binding.inner, options)?;
        self.last_width = width;
        self.next_ids.clear();
        // The arg-max over the vocabulary fits 32 bits, as the manifest's vocabulary does.
        self.next_ids.extend(slot.next_ids.extract_tensor().1.iter().map(|id| *id as TokenId));
        Ok(())
    }

    pub(super) fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    pub(super) fn logits(&self) -> &[f32] {
        let slot = self.slots.get(self.last_width - 1).and_then(Option::as_ref);
        let Some((_, logits)) = slot.and_then(|slot| slot.scored.as_ref()) else { return &[] };
        let of_batch = logits.extract_array().index_axis_move(Axis(0), 0);
        let of_last_token = of_batch.index_axis_move(Axis(0), self.last_width - 1);
        of_last_token.to_slice().expect("a row of a fresh tensor is contiguous")
    }

    /// Makes the slot for runs of `width` tokens, with logits if they are `wanted`.
    fn ensure_slot(&mut self, width: usize, wanted: Wanted) -> ort::Result<()> {
        if self.slots.len() < width {
            self.slots.resize_with(width, || None);
        }
        let mut slot = match self.slots[width - 1].take() {
            Some(slot) => slot,
            None => self.new_slot(width)?,
        };
        if wanted == Wanted::Logits && slot.scored.is_none() {
            let mut logits =
                Tensor::new(&Allocator::default(), [1, width, self.dimensions.vocab_size])?;
            let mut binding = self.new_binding(&slot.tokens, &mut slot.next_ids)?;
            binding.inner.bind_output("logits", &mut logits)?;
            slot.scored = Some((binding, logits));
        }
        self.slots[width - 1] = Some(slot);
        Ok(())
    }

    fn new_slot(&mut self, width: usize) -> ort::Result<Slot> {
        let tokens = Tensor::new(&Allocator::default(), [1, width])?;
        let mut next_ids = Tensor::new(&Allocator::default(), [1, width])?;
        let plain = self.new_binding(&tokens, &mut next_ids)?;
        Ok(Slot { tokens, next_ids, plain, scored: None })
    }

    /// Binds everything but the encoder's outputs and the logits.
    fn new_binding(
        &mut self,
        tokens: &Tensor<i64>,
        next_ids: &mut Tensor<i64>,
    ) -> ort::Result<Binding> {
        let mut inner = self.session.create_binding()?;
        inner.bind_input("input_ids", tokens)?;
        inner.bind_output("next_ids", next_ids)?;
        inner.bind_input("seqlens_k", &self.cache.seqlens_k)?;
        inner.bind_input("total_seq_len", &self.cache.total_seq_len)?;
        for (past, present, tensor) in &mut self.cache.tensors {
            inner.bind_input(past.as_str(), &*tensor)?;
            inner.bind_output(present.as_str(), tensor)?;
        }
        Ok(Binding { inner, cross_version: 0 })
    }
}

impl Slot {
    fn binding_mut(&mut self, wanted: Wanted) -> &mut Binding {
        match (wanted, self.scored.as_mut()) {
            (Wanted::Logits, Some((binding, _))) => binding,
            _ => &mut self.plain,
        }
    }
}

fn bind_cross(binding: &mut IoBinding, cross: &[(String, DynValue)]) -> ort::Result<()> {
    for (name, value) in cross {
        binding.bind_input(name.as_str(), value)?;
    }
    Ok(())
}

impl Cache {
    fn new(dimensions: &Dimensions, capacity: usize) -> ort::Result<Self> {
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
        })
    }

    fn set_total(&mut self, total: usize) {
        let total = i32::try_from(total).expect("a capacity fits the graph's 32-bit positions");
        self.seqlens_k.extract_tensor_mut().1[0] = total - 1;
        self.total_seq_len.extract_tensor_mut().1[0] = total;
    }
}
