//! [`Decoder`]: the decoder's session, its cache of keys and values, and the bindings that let a
//! step run without copying or allocating tensors.
//!
//! The cache is a static buffer of `[1, n_kv_heads, capacity, head_size]` for keys and for values
//! of each layer. It is bound as the graph's past and as its present, so that the attention
//! operator writes new entries in place. How much of it is in use is told by two small inputs.

use std::collections::HashMap;

use ndarray::Axis;
use ort::memory::Allocator;
use ort::session::{IoBinding, RunOptions, Session};
use ort::value::{DynValue, Tensor};
use pounce_model_format::{Architecture, Dimensions, ModelManifest};

use super::error::run_error;
use super::kv_cache::KvCache;
use crate::backend::device::Device;
use crate::backend::graph::{TokenId, Wanted};
use crate::backend::scores::best_two;
use crate::error::EngineError;

/// The cache grows in steps, so that a prompt that is a little longer finds room.
const CAPACITY_STEP: usize = 256;
/// So many forms of runs keep their tensors; a prompt's last chunk may have any width.
const MAX_SLOTS: usize = 64;

/// See the module's documentation.
pub(super) struct Decoder {
    session: Session,
    architecture: Architecture,
    dimensions: Dimensions,
    /// Where the session runs. The cache lies in the processor's memory in any case: so does the
    /// attention that reads it.
    device: Device,
    cache: KvCache,
    /// Outputs of the encoder, by the name of the input they go to; empty without an encoder.
    cross: Vec<(String, DynValue)>,
    /// Counts the calls of [`Decoder::set_cross`], so that a slot knows whether it is bound to the
    /// newest.
    cross_version: u64,
    /// Made when first needed.
    slots: HashMap<Form, Slot>,
    next_ids: Vec<TokenId>,
    /// The last run, whose slot holds the logits.
    last: Option<Form>,
}

/// What tells runs apart whose tensors have different shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Form {
    /// Tokens that are fed.
    width: usize,
    wanted: Wanted,
}

/// Inputs, outputs and binding for runs of one form: n tokens are fed, and the graph gives the
/// successors of the last m.
struct Slot {
    /// `[1, n]`
    tokens: Tensor<i64>,
    /// `[1, m]`
    next_ids: Tensor<i64>,
    /// `[1, m, vocab_size]`, if they are wanted or needed to tell how sure a choice is.
    logits: Option<Tensor<f32>>,
    binding: IoBinding,
    cross_version: u64,
}

impl Decoder {
    pub(super) fn new(
        session: Session,
        manifest: &ModelManifest,
        capacity: usize,
        device: Device,
    ) -> Result<Self, EngineError> {
        let dimensions = manifest.dimensions;
        let cache =
            KvCache::new(&dimensions, capacity).map_err(|source| run_error("load", &source))?;
        Ok(Self {
            session,
            architecture: manifest.architecture,
            dimensions,
            device,
            cache,
            cross: Vec::new(),
            cross_version: 0,
            slots: HashMap::new(),
            next_ids: Vec::new(),
            last: None,
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
            let longest = self.dimensions.max_seq_len.max(n);
            let capacity = n.next_multiple_of(CAPACITY_STEP).min(longest);
            self.cache = KvCache::new(&self.dimensions, capacity)
                .map_err(|source| run_error("reserve", &source))?;
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
        self.cache.set_first_output(tokens.len() - wanted.n_tokens());
        let form = Form { width: tokens.len(), wanted };
        self.try_run(tokens, form, options).map_err(|source| run_error("decode", &source))
    }

    fn try_run(&mut self, tokens: &[TokenId], form: Form, options: &RunOptions) -> ort::Result<()> {
        let mut slot = match self.slots.remove(&form) {
            Some(slot) => slot,
            None => self.new_slot(form)?,
        };
        for (input, token) in slot.tokens.extract_tensor_mut().1.iter_mut().zip(tokens) {
            *input = i64::from(*token);
        }
        if self.device == Device::Cuda {
            // What a GPU reads was copied when it was bound, and has changed since.
            self.bind_changing(&mut slot.binding, &slot.tokens)?;
        }
        if slot.cross_version != self.cross_version {
            bind_cross(&mut slot.binding, &self.cross)?;
            slot.cross_version = self.cross_version;
        }
        self.session.run_binding_with_options(&slot.binding, options)?;
        self.next_ids.clear();
        let n_wanted = form.wanted.n_tokens();
        if n_wanted > 0 {
            let ids = slot.next_ids.extract_tensor().1;
            // The arg-max over the vocabulary fits 32 bits, as the manifest's vocabulary does.
            self.next_ids.extend(ids[ids.len() - n_wanted..].iter().map(|id| *id as TokenId));
        }
        if self.slots.len() >= MAX_SLOTS {
            self.slots.clear();
        }
        self.slots.insert(form, slot);
        self.last = Some(form);
        Ok(())
    }

    pub(super) fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    /// Scores after the last token: `[vocab_size]`.
    pub(super) fn logits(&self) -> &[f32] {
        self.row(0)
    }

    /// See [`Graph::lead`](crate::backend::graph::Graph::lead).
    pub(super) fn lead(&self, index: usize) -> f32 {
        let n_wanted = self.last.map_or(0, |form| form.wanted.n_tokens());
        let [best, second] = best_two(self.row(n_wanted - 1 - index));
        best - second
    }

    /// Scores after the token that is `from_end` places before the last one.
    fn row(&self, from_end: usize) -> &[f32] {
        let slot = self.last.and_then(|form| self.slots.get(&form));
        let Some(logits) = slot.and_then(|slot| slot.logits.as_ref()) else { return &[] };
        let of_batch = logits.extract_array().index_axis_move(Axis(0), 0);
        let n_outputs = of_batch.len_of(Axis(0));
        let of_token = of_batch.index_axis_move(Axis(0), n_outputs - 1 - from_end);
        of_token.to_slice().expect("a row of a fresh tensor is contiguous")
    }

    /// Makes tensors for one form of run and binds all but the encoder's outputs.
    fn new_slot(&mut self, form: Form) -> ort::Result<Slot> {
        let allocator = Allocator::default();
        let n_outputs = self.n_outputs(form);
        let tokens = Tensor::new(&allocator, [1, form.width])?;
        let mut next_ids = Tensor::new(&allocator, [1, n_outputs])?;
        let mut binding = self.session.create_binding()?;
        self.bind_changing(&mut binding, &tokens)?;
        binding.bind_output("next_ids", &mut next_ids)?;
        self.cache.bind(&mut binding)?;
        let mut logits = None;
        if matches!(form.wanted, Wanted::Logits | Wanted::Ranked(_)) {
            let shape = [1, n_outputs, self.dimensions.vocab_size];
            binding.bind_output("logits", logits.insert(Tensor::new(&allocator, shape)?))?;
        }
        Ok(Slot { tokens, next_ids, logits, binding, cross_version: 0 })
    }

    /// Binds the inputs whose values change with every run.
    fn bind_changing(&self, binding: &mut IoBinding, tokens: &Tensor<i64>) -> ort::Result<()> {
        binding.bind_input("input_ids", tokens)?;
        binding.bind_input("seqlens_k", &self.cache.seqlens_k)?;
        binding.bind_input("total_seq_len", &self.cache.total_seq_len)?;
        if self.architecture == Architecture::DecoderOnly {
            binding.bind_input("first_output", &self.cache.first_output)?;
        }
        Ok(())
    }

    /// The graph of an encoder-decoder model gives every token's successor, wanted or not.
    fn n_outputs(&self, form: Form) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder => form.width,
            Architecture::DecoderOnly => form.wanted.n_tokens(),
        }
    }
}

fn bind_cross(binding: &mut IoBinding, cross: &[(String, DynValue)]) -> ort::Result<()> {
    for (name, value) in cross {
        binding.bind_input(name.as_str(), value)?;
    }
    Ok(())
}
