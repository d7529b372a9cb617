//! [`Decoder`]: a decoder of any architecture, with its threads and its KV cache. What the
//! architectures have in common stands in this folder: a [`step`] of one thread, between the
//! [`frame`] of embedding and head, through the layers of a [`network`].

pub(crate) mod frame;
pub(crate) mod input;
pub(crate) mod network;
pub(crate) mod prompt;
pub(crate) mod shared;
pub(crate) mod step;
pub(crate) mod worker;

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Instant;

use pounce_model_format::DECODER_FILE;

use self::frame::TokenVectors;
use self::input::DecodeOutput;
use self::network::{Loaded, Network};
use self::prompt::EncoderOutput;
use self::shared::Shared;
use self::step::Step;
use crate::error::CpuError;
use crate::kernels::{COLUMNS, InstructionSet, Kernels};
use crate::output_head::arg_max::Best;
use crate::t5::encoder::Encoder;
use crate::threads::barrier_pool::{Barrier, DecoderThreadPool};
use crate::threads::contention::ContentionMonitor;
use crate::threads::locks::{lock, read, write};
use crate::weights::graph_file::GraphFile;
use crate::{llama, t5};

/// The fewest tokens of a run that counts as a prompt's, not as a step.
const MIN_PROMPT_RUN: usize = 16;

/// A decoder of the T5 family, or a whole model of the Llama or Qwen2 family. It holds the KV cache
/// of one sequence.
pub struct Decoder {
    shared: Arc<Shared>,
    network: Arc<dyn Network>,
    /// What the layers read of an encoder; `None` for a decoder-only model.
    encoder_output: Option<Arc<EncoderOutput>>,
    pool: DecoderThreadPool,
    /// The result of the last [`choose`](Self::choose).
    best: Vec<u32>,
    /// The log-probability of each of `best`.
    log_probs: Vec<f32>,
    /// For each of `best`: the logarithm of the sum of all logits' exponentials, mostly of estimates.
    log_sum_exps: Vec<f32>,
    /// `[n, vocab_size]`: the result of the last [`score`](Self::score).
    logits: Vec<f32>,
    /// Tokens that the KV cache has room for.
    capacity: usize,
    /// Of steps, which feed one token or verify a few.
    step_contention: ContentionMonitor,
    /// Of runs that read a prompt.
    prompt_contention: ContentionMonitor,
    /// Threads that computed the last step.
    n_active: usize,
}

impl Decoder {
    /// Opens the decoder of the model in the folder `dir`, to run on `n_threads` threads in the
    /// instructions `wanted`, or in the fastest ones where that is `None`, with a KV cache for
    /// `capacity` tokens. Returns `None` if the kernels do not support the graph, its shapes or
    /// this processor; then ONNX Runtime has to run the graph.
    ///
    /// # Errors
    /// [`CpuError`] if a file cannot be read or is damaged, there is no memory, or a thread does not
    /// start.
    pub fn open(
        dir: &Path,
        n_threads: usize,
        capacity: usize,
        wanted: Option<InstructionSet>,
    ) -> Result<Option<Self>, CpuError> {
        let Some(kernels) = Kernels::detect(wanted) else { return Ok(None) };
        let file = GraphFile::open(dir, DECODER_FILE)?;
        let loaded = match t5::decoder::load(&file, n_threads)? {
            None => llama::load(&file, n_threads)?,
            loaded => loaded,
        };
        let Some(loaded) = loaded else { return Ok(None) };
        let mut decoder = Self::start(loaded, kernels).map_err(CpuError::Thread)?;
        decoder.reserve(capacity);
        Ok(Some(decoder))
    }

    /// Starts the threads of a loaded decoder, without room in its cache.
    fn start(loaded: Loaded, kernels: Kernels) -> std::io::Result<Self> {
        let Loaded { frame, network, encoder_output, n_threads } = loaded;
        let shared = Arc::new(Shared {
            kernels,
            n_threads,
            input: RwLock::default(),
            products: (0..n_threads).map(|_| Default::default()).collect(),
            workers: (0..n_threads).map(|_| Default::default()).collect(),
            frame,
        });
        let work = (Arc::clone(&shared), Arc::clone(&network));
        let step = move |thread: usize, barrier: Option<&Barrier>| {
            run_step(&work.0, &*work.1, thread, barrier);
        };
        Ok(Self {
            pool: DecoderThreadPool::new(n_threads, Arc::new(step))?,
            shared,
            network,
            encoder_output,
            best: Vec::new(),
            log_probs: Vec::new(),
            log_sum_exps: Vec::new(),
            logits: Vec::new(),
            capacity: 0,
            step_contention: ContentionMonitor::of_steps(),
            prompt_contention: ContentionMonitor::of_prompts(),
            n_active: 0,
        })
    }

    /// The instruction set that its kernels are written in.
    pub fn instruction_set(&self) -> InstructionSet {
        self.shared.kernels.instruction_set()
    }

    /// Logits for each token, which may be more than the tokenizer has tokens.
    pub fn vocab_size(&self) -> usize {
        self.shared.frame.head.matrix.n
    }

    /// Whether it continues a prompt that an encoder reads.
    pub fn has_encoder(&self) -> bool {
        self.encoder_output.is_some()
    }

    /// Whether the outputs of `encoder` have the shapes that this decoder's cross-attention takes.
    pub fn fits(&self, encoder: &Encoder) -> bool {
        self.encoder_output.as_ref().is_some_and(|output| {
            encoder.n_outputs() == output.n_tensors && encoder.output_len(1) == output.width
        })
    }

    /// Has `encoder` use this decoder's embedding table if it has the same one.
    pub fn share_embedding(&self, encoder: &mut Encoder) {
        if let TokenVectors::Table(embedding) = &self.shared.frame.token_vectors {
            encoder.share_embedding(embedding);
        }
    }

    /// Tokens that the KV cache has room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes room for `n` tokens in the KV cache, or for the longest sequence of the model if that
    /// is shorter. Empties the cache.
    pub fn reserve(&mut self, n: usize) {
        self.capacity = n.min(self.network.max_len());
        self.network.reserve(self.capacity);
    }

    /// Encodes the prompt `ids` with `encoder`; from now on the decoder continues this prompt. See
    /// [`Encoder::run`].
    ///
    /// # Errors
    /// Those of [`Encoder::run`].
    ///
    /// # Panics
    /// If the encoder does not [fit](Self::fits).
    pub fn read(
        &mut self,
        encoder: &mut Encoder,
        ids: &[u32],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), CpuError> {
        assert!(self.fits(encoder), "the encoder belongs to this decoder");
        let Some(output) = &self.encoder_output else { return Ok(()) };
        let mut prompt = write(&output.prompt);
        prompt.n_tokens = 0;
        prompt.tensors.resize_with(encoder.n_outputs(), Vec::new);
        for tensor in &mut prompt.tensors {
            tensor.resize(encoder.output_len(ids.len()), 0.0);
        }
        let mut outputs: Vec<&mut [f32]> =
            prompt.tensors.iter_mut().map(Vec::as_mut_slice).collect();
        encoder.run(ids, &mut outputs, is_cancelled)?;
        prompt.n_tokens = ids.len();
        Ok(())
    }

    /// Feeds the tokens `ids`, which follow the first `past` tokens of the completion, and returns
    /// the best next token after each of the last `n_outputs` of them, which may be zero.
    ///
    /// # Errors
    /// [`CpuError::Input`] if `ids` is empty or has an id that is not in the vocabulary, if the KV
    /// cache is too small, if `n_outputs` is larger than the number of `ids`, or if no prompt was
    /// read.
    ///
    /// # Panics
    /// If one of the decoder's threads has panicked, after which the decoder cannot be used.
    pub fn choose(
        &mut self,
        ids: &[u32],
        past: usize,
        n_outputs: usize,
    ) -> Result<&[u32], CpuError> {
        let output =
            if n_outputs == 0 { DecodeOutput::Nothing } else { DecodeOutput::Best(n_outputs) };
        self.feed(ids, past, output)?;
        self.best.clear();
        self.log_probs.clear();
        self.log_sum_exps.clear();
        for row in 0..n_outputs {
            let workers = self.shared.workers[..self.n_active].iter();
            if let Some(best) = workers.map(|worker| lock(worker).best()[row]).reduce(Best::or) {
                self.best.push(best.token);
                self.log_probs.push(best.log_prob());
                self.log_sum_exps.push(best.log_sum_exp);
            }
        }
        Ok(&self.best)
    }

    /// The log-probability of `token` in row `row` of the last [`choose`](Self::choose).
    ///
    /// It is not exact, since most of the other tokens' logits are estimated: in 400 tokens of the
    /// embedded model it was off by 0.005 on average, and by 0.022 at most. The token's own logit is
    /// exact; where it is not the best, 16 columns of the head are computed for it.
    ///
    /// # Panics
    /// If there is no such row, or the vocabulary has no such token.
    pub fn log_prob(&self, row: usize, token: u32) -> f32 {
        if self.best[row] == token {
            return self.log_probs[row];
        }
        let Shared { kernels, frame, workers, .. } = &*self.shared;
        let (start, mut logits) = (token as usize / COLUMNS * COLUMNS, [0.0; COLUMNS]);
        let panels = frame.head.matrix.panels(&frame.memory, &(start..start + COLUMNS));
        // Every thread has the hidden states from which it searched its share of the vocabulary.
        kernels.multiply_row(&lock(&workers[0]).rows, row, panels, &mut logits);
        (logits[token as usize - start] - self.log_sum_exps[row]).min(0.0)
    }

    /// Feeds the tokens `ids`, which follow the first `past` tokens of the completion, and returns
    /// the logits after each of the last `n_outputs` of them, at least one:
    /// `[n_outputs, vocab_size]`.
    ///
    /// # Errors
    /// Those of [`choose`](Self::choose).
    ///
    /// # Panics
    /// If one of the decoder's threads has panicked, after which the decoder cannot be used.
    pub fn score(
        &mut self,
        ids: &[u32],
        past: usize,
        n_outputs: usize,
    ) -> Result<&[f32], CpuError> {
        self.feed(ids, past, DecodeOutput::Logits(n_outputs))?;
        let head = &self.shared.frame.head.matrix;
        let buffer = lock(&self.shared.workers[0]).read_buffer();
        self.logits.resize(n_outputs * head.n_padded(), 0.0);
        self.shared.gather(buffer, n_outputs, &mut self.logits);
        for row in 1..n_outputs {
            let start = row * head.n_padded();
            self.logits.copy_within(start..start + head.n, row * head.n);
        }
        self.logits.truncate(n_outputs * head.n);
        Ok(&self.logits)
    }

    /// The logits of the last [`score`](Self::score).
    pub fn scores(&self) -> &[f32] {
        &self.logits
    }

    /// Runs one step, on all threads or on one as its contention monitor decides.
    fn feed(&mut self, ids: &[u32], past: usize, output: DecodeOutput) -> Result<(), CpuError> {
        self.check(ids, past, output)?;
        {
            let mut input = write(&self.shared.input);
            (input.past, input.output) = (past, output);
            input.ids.clear();
            input.ids.extend_from_slice(ids);
        }
        let n_threads = self.shared.n_threads;
        let contention = if ids.len() < MIN_PROMPT_RUN {
            &mut self.step_contention
        } else {
            self.prompt_contention.learn_from(&self.step_contention);
            &mut self.prompt_contention
        };
        let (start, is_single) = (Instant::now(), contention.is_single_threaded());
        let is_done = if is_single { self.pool.run_single_threaded() } else { self.pool.run() };
        assert!(is_done, "a thread of the decoder has panicked");
        self.n_active = if is_single { 1 } else { n_threads };
        // The time of a token differs in runs of a few.
        if n_threads > 1 && (ids.len() == 1 || ids.len() >= MIN_PROMPT_RUN) {
            contention.record(start.elapsed() / ids.len() as u32, n_threads);
        }
        Ok(())
    }

    /// Checks the arguments of [`choose`](Self::choose) and [`score`](Self::score).
    fn check(&self, ids: &[u32], past: usize, output: DecodeOutput) -> Result<(), CpuError> {
        let (n, capacity) = (ids.len(), self.capacity);
        let is_within = past.checked_add(n).is_some_and(|end| end <= capacity);
        let reason = if n == 0 || !is_within {
            format!("{n} tokens after {past} do not fit into the KV cache of {capacity}")
        } else if output.n_tokens() > n {
            format!("{} results are wanted for {n} tokens", output.n_tokens())
        } else if !self.encoder_output.as_ref().is_none_or(|output| output.is_there()) {
            "no prompt was read: encode one first".to_owned()
        } else {
            return self.shared.frame.check(ids);
        };
        Err(CpuError::Input(reason))
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

/// Computes the part of a step of the thread with index `thread`, or the whole step if there is no
/// barrier.
fn run_step(shared: &Shared, network: &dyn Network, thread: usize, barrier: Option<&Barrier>) {
    let worker = &mut *lock(&shared.workers[thread]);
    let input = &read(&shared.input);
    let shards = if barrier.is_some() { thread..thread + 1 } else { 0..shared.n_threads };
    let step = Step { shared, shards, barrier, input };
    step.begin(worker);
    // An aborted step has no result; the thread pool reports it to the caller.
    let _aborted = network.run(&step, worker).and_then(|()| step.finish(worker));
}
