//! [`Decoder`]: the decoder's session, with its cache and the bindings that let a step run without
//! copying or allocating tensors.

use std::collections::HashMap;

use ndarray::Axis;
use ort::memory::Allocator;
use ort::session::{IoBinding, RunOptions, Session};
use ort::value::{DynValue, Tensor};
use pounce_model_format::{Architecture, Dimensions, ModelManifest};

use super::error::run_error;
use super::kv_cache::KvCache;
use crate::backend::device::Device;
use crate::backend::graph::{CAPACITY_STEP, DecodeOutput, TokenId};
use crate::error::EngineError;

/// Bindings for at most this many run shapes are kept. A prompt's last chunk can have any length.
const MAX_BOUND_RUNS: usize = 64;

/// The decoder's session, cache and bindings.
pub(super) struct Decoder {
    session: Session,
    architecture: Architecture,
    dimensions: Dimensions,
    /// The device of the session. The cache is in the processor's memory in any case, because the
    /// attention that reads it runs there.
    device: Device,
    cache: KvCache,
    /// The encoder's outputs, by the decoder inputs that they go to; empty without an encoder.
    cross: Vec<(String, DynValue)>,
    /// Incremented by [`Decoder::set_cross`], so that a bound run knows when to bind the new
    /// outputs.
    cross_version: u64,
    /// Created on first use.
    bound_runs: HashMap<RunShape, BoundRun>,
    next_ids: Vec<TokenId>,
    /// The shape of the last run, whose tensors hold the logits.
    last: Option<RunShape>,
}

/// Runs of equal shape can use the same tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct RunShape {
    /// Tokens that are fed.
    n_tokens: usize,
    output: DecodeOutput,
}

/// Inputs, outputs and binding for runs of one shape, which feed n tokens and have outputs for the
/// last m.
struct BoundRun {
    /// `[1, n]`
    tokens: Tensor<i64>,
    /// `[1, m]`
    next_ids: Tensor<i64>,
    /// `[1, m, vocab_size]`; `None` if a prompt is read.
    logits: Option<Tensor<f32>>,
    binding: IoBinding,
    /// The [`Decoder::cross_version`] that is bound; 0 if none is.
    cross_version: u64,
}

impl Decoder {
    /// # Errors
    /// [`EngineError::Run`] if the cache cannot be allocated.
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
            bound_runs: HashMap::new(),
            next_ids: Vec::new(),
            last: None,
        })
    }

    /// Sets the encoder's outputs that later runs attend to.
    pub(super) fn set_cross(&mut self, cross: Vec<(String, DynValue)>) {
        self.cross = cross;
        self.cross_version += 1;
    }

    pub(super) fn capacity(&self) -> usize {
        self.cache.capacity
    }

    /// See [`Graph::reserve`](crate::backend::graph::Graph::reserve).
    pub(super) fn reserve(&mut self, n: usize) -> Result<(), EngineError> {
        if n > self.cache.capacity {
            // They are bound to the old buffers.
            self.bound_runs.clear();
            let longest = self.dimensions.max_seq_len.max(n);
            let capacity = n.next_multiple_of(CAPACITY_STEP).min(longest);
            self.cache = KvCache::new(&self.dimensions, capacity)
                .map_err(|source| run_error("reserve", &source))?;
        }
        Ok(())
    }

    /// See [`Graph::decode`](crate::backend::graph::Graph::decode).
    pub(super) fn run(
        &mut self,
        tokens: &[TokenId],
        past: usize,
        output: DecodeOutput,
        options: &RunOptions,
    ) -> Result<(), EngineError> {
        assert!(
            !tokens.is_empty() && past + tokens.len() <= self.cache.capacity,
            "the caller reserved room"
        );
        self.cache.set_total(past + tokens.len());
        self.cache.set_first_output(tokens.len() - output.n_tokens());
        let shape = RunShape { n_tokens: tokens.len(), output };
        self.try_run(tokens, shape, options).map_err(|source| run_error("decode", &source))
    }

    fn try_run(
        &mut self,
        tokens: &[TokenId],
        shape: RunShape,
        options: &RunOptions,
    ) -> ort::Result<()> {
        let mut run = match self.bound_runs.remove(&shape) {
            Some(run) => run,
            None => self.bind(shape)?,
        };
        for (input, token) in run.tokens.extract_tensor_mut().1.iter_mut().zip(tokens) {
            *input = i64::from(*token);
        }
        if self.device == Device::Cuda {
            // Binding copied the inputs to the GPU, and they have changed since.
            self.bind_inputs(&mut run.binding, &run.tokens)?;
        }
        if run.cross_version != self.cross_version {
            bind_cross(&mut run.binding, &self.cross)?;
            run.cross_version = self.cross_version;
        }
        self.session.run_binding_with_options(&run.binding, options)?;
        self.read_next_ids(&run, shape.output.n_tokens());
        if self.bound_runs.len() >= MAX_BOUND_RUNS {
            self.bound_runs.clear();
        }
        self.bound_runs.insert(shape, run);
        self.last = Some(shape);
        Ok(())
    }

    /// Keeps the last `n` of the arg-maxes that `run` computed.
    fn read_next_ids(&mut self, run: &BoundRun, n: usize) {
        self.next_ids.clear();
        if n > 0 {
            let ids = run.next_ids.extract_tensor().1;
            // An index into the vocabulary fits 32 bits.
            self.next_ids.extend(ids[ids.len() - n..].iter().map(|id| *id as TokenId));
        }
    }

    pub(super) fn next_ids(&self) -> &[TokenId] {
        &self.next_ids
    }

    /// See [`Graph::logits`](crate::backend::graph::Graph::logits).
    pub(super) fn logits(&self, index: usize) -> &[f32] {
        let run = self.last.and_then(|shape| self.bound_runs.get(&shape));
        let Some(logits) = run.and_then(|run| run.logits.as_ref()) else { return &[] };
        let of_batch = logits.extract_array().index_axis_move(Axis(0), 0);
        // An encoder-decoder model's graph has outputs for all tokens.
        let first = of_batch.len_of(Axis(0)) - self.next_ids.len();
        let of_token = of_batch.index_axis_move(Axis(0), first + index);
        of_token.to_slice().expect("a row of a fresh tensor is contiguous")
    }

    /// Allocates tensors for runs of one shape and binds everything but the encoder's outputs.
    fn bind(&mut self, shape: RunShape) -> ort::Result<BoundRun> {
        let allocator = Allocator::default();
        let n_outputs = self.n_outputs(shape);
        let tokens = Tensor::new(&allocator, [1, shape.n_tokens])?;
        let mut next_ids = Tensor::new(&allocator, [1, n_outputs])?;
        let mut binding = self.session.create_binding()?;
        self.bind_inputs(&mut binding, &tokens)?;
        binding.bind_output("next_ids", &mut next_ids)?;
        self.cache.bind(&mut binding)?;
        let mut logits = None;
        // Probabilities are computed from them too.
        if shape.output != DecodeOutput::Nothing {
            let shape = [1, n_outputs, self.dimensions.vocab_size];
            binding.bind_output("logits", logits.insert(Tensor::new(&allocator, shape)?))?;
        }
        Ok(BoundRun { tokens, next_ids, logits, binding, cross_version: 0 })
    }

    /// Binds the inputs whose values change with every run.
    fn bind_inputs(&self, binding: &mut IoBinding, tokens: &Tensor<i64>) -> ort::Result<()> {
        binding.bind_input("input_ids", tokens)?;
        binding.bind_input("seqlens_k", &self.cache.seqlens_k)?;
        binding.bind_input("total_seq_len", &self.cache.total_seq_len)?;
        if self.architecture == Architecture::DecoderOnly {
            binding.bind_input("first_output", &self.cache.first_output)?;
        }
        Ok(())
    }

    /// How many tokens the graph computes outputs for: an encoder-decoder model's does for every
    /// token.
    fn n_outputs(&self, shape: RunShape) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder => shape.n_tokens,
            Architecture::DecoderOnly => shape.output.n_tokens(),
        }
    }
}

fn bind_cross(binding: &mut IoBinding, cross: &[(String, DynValue)]) -> ort::Result<()> {
    for (name, value) in cross {
        binding.bind_input(name.as_str(), value)?;
    }
    Ok(())
}
