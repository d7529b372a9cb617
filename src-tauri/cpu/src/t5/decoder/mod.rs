//! [`Decoder`]: a whole decoder with its threads and its cache.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Instant;

use crate::choice::better;
use crate::company::Company;
use crate::crew::{Crew, Meeting};
use crate::decoder_weights::{BlockMatrix, DecoderWeights};
use crate::encoder::Encoder;
use crate::error::T5Error;
use crate::graph_file::GraphFile;
use crate::kernels::{COLUMNS, HEAD_SIZE, InstructionSet, Kernels};
use crate::locks::{lock, read, write};
use crate::shard::Shard;
use crate::step::{Context, Input, StepWork, Wanted, Worker};

/// A decoder of the T5 family. It writes one completion at a time.
pub struct Decoder {
    shared: Arc<Shared>,
    crew: Crew,
    /// Tokens that were chosen last.
    best: Vec<u32>,
    /// `[n, vocab_size]`, as they were wanted last.
    logits: Vec<f32>,
    capacity: usize,
    company: Company,
    /// Threads that did the last step.
    n_chose: usize,
}

/// What all threads look at.
pub(crate) struct Shared {
    pub(crate) kernels: Kernels,
    pub(crate) weights: DecoderWeights,
    pub(crate) n_threads: usize,
    /// What is to be done in this step. Every thread holds it to the end of its step, so that whoever writes the next
    /// one has waited for them all.
    pub(crate) input: RwLock<Input>,
    /// What the encoder has made of the prompt.
    pub(crate) context: RwLock<Context>,
    /// What was last made of each shard for all: two each, in turns, so that nobody writes what others may
    /// still read.
    pub(crate) parts: Vec<[RwLock<Vec<f32>>; 2]>,
    /// What is computed, for as many threads as there are.
    pub(crate) shards: Vec<Mutex<Shard>>,
    workers: Vec<Mutex<Worker>>,
}

impl Decoder {
    /// Opens the decoder of the model in `dir` for so many threads, with room for `capacity` tokens, in the
    /// instructions that are `wanted` or else the fastest. `None` where its graph, its shapes or this processor are
    /// not what the kernels are made for.
    ///
    /// # Errors
    /// [`T5Error`] if the files are damaged or the threads do not start.
    pub fn open(
        dir: &Path,
        n_threads: usize,
        capacity: usize,
        wanted: Option<InstructionSet>,
    ) -> Result<Option<Self>, T5Error> {
        let Some(kernels) = Kernels::detect(wanted) else { return Ok(None) };
        let file = GraphFile::open(dir, "decoder.onnx")?;
        if !file.is_decoder() {
            return Ok(None);
        }
        let Some(weights) = DecoderWeights::load(&file)? else { return Ok(None) };
        file.forget();
        let n_threads = n_threads.clamp(1, weights.max_threads());
        let shared = Arc::new(Shared {
            kernels,
            n_threads,
            input: RwLock::default(),
            context: RwLock::default(),
            parts: (0..n_threads).map(|_| Default::default()).collect(),
            shards: (0..n_threads).map(|_| Mutex::default()).collect(),
            workers: (0..n_threads).map(|_| Mutex::default()).collect(),
            weights,
        });
        let work = Arc::clone(&shared);
        let step = move |thread: usize, meeting: Option<&Meeting>| work.step(thread, meeting);
        let crew = Crew::new(n_threads, Arc::new(step)).map_err(T5Error::Thread)?;
        let mut decoder = Self {
            shared,
            crew,
            best: Vec::new(),
            logits: Vec::new(),
            capacity: 0,
            company: Company::default(),
            n_chose: 0,
        };
        decoder.reserve(capacity);
        Ok(Some(decoder))
    }

    /// What it is computed in.
    pub fn instruction_set(&self) -> InstructionSet {
        self.shared.kernels.instruction_set()
    }

    /// Tokens that it chooses among.
    pub fn vocab_size(&self) -> usize {
        self.shared.weights.head.n
    }

    /// Whether what `encoder` makes of a prompt is what this decoder looks at.
    pub fn fits(&self, encoder: &Encoder) -> bool {
        let weights = &self.shared.weights;
        encoder.n_outputs() == 2 * weights.layers.len()
            && encoder.output_len(1) == weights.n_heads * HEAD_SIZE
    }

    /// Tokens that the cache has room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Makes room for `n` tokens, but not for more than the model can write. What the cache held is lost.
    pub fn reserve(&mut self, n: usize) {
        self.capacity = n.min(self.shared.weights.max_len());
        let n_layers = self.shared.weights.layers.len();
        for (index, shard) in self.shared.shards.iter().enumerate() {
            let n_heads = self.shared.heads(index).len();
            lock(shard).reserve(n_layers, n_heads, self.capacity);
        }
    }

    /// Has `encoder` read the prompt `ids`, and looks at what comes of it from now on. See [`Encoder::run`].
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
    ) -> Result<(), T5Error> {
        assert!(self.fits(encoder), "the encoder of this decoder");
        let mut context = write(&self.shared.context);
        context.n_tokens = 0;
        context.tensors.resize_with(encoder.n_outputs(), Vec::new);
        for tensor in &mut context.tensors {
            tensor.resize(encoder.output_len(ids.len()), 0.0);
        }
        let mut outputs: Vec<&mut [f32]> =
            context.tensors.iter_mut().map(Vec::as_mut_slice).collect();
        encoder.run(ids, &mut outputs, is_cancelled)?;
        context.n_tokens = ids.len();
        Ok(())
    }

    /// Feeds `ids` at position `past` and gives the best token after each of the last `n_wanted`, which may be none.
    ///
    /// # Errors
    /// [`T5Error::Input`] for an id that the vocabulary lacks, more tokens than there is room for, more wanted than fed,
    /// or if no prompt was read.
    ///
    /// # Panics
    /// If one of its threads has: what that held is lost.
    pub fn choose(&mut self, ids: &[u32], past: usize, n_wanted: usize) -> Result<&[u32], T5Error> {
        let wanted = if n_wanted == 0 { Wanted::Nothing } else { Wanted::Best(n_wanted) };
        self.feed(ids, past, wanted)?;
        self.best.clear();
        for row in 0..n_wanted {
            let shares =
                self.shared.workers[..self.n_chose].iter().map(|worker| lock(worker).best()[row]);
            self.best.extend(shares.reduce(better).map(|(token, _)| token));
        }
        Ok(&self.best)
    }

    /// Feeds `ids` at position `past` and gives the scores after each of the last `n_wanted`, at least one:
    /// `[n_wanted, vocab_size]`.
    ///
    /// # Errors
    /// Those of [`choose`](Self::choose).
    ///
    /// # Panics
    /// If one of its threads has: what that held is lost.
    pub fn score(&mut self, ids: &[u32], past: usize, n_wanted: usize) -> Result<&[f32], T5Error> {
        self.feed(ids, past, Wanted::Scores(n_wanted))?;
        let head = &self.shared.weights.head;
        let turn = lock(&self.shared.workers[0]).last_turn();
        self.logits.resize(n_wanted * head.n_padded(), 0.0);
        self.shared.gather(turn, n_wanted, &mut self.logits);
        for row in 1..n_wanted {
            let start = row * head.n_padded();
            self.logits.copy_within(start..start + head.n, row * head.n);
        }
        self.logits.truncate(n_wanted * head.n);
        Ok(&self.logits)
    }

    /// The scores of the last [`score`](Self::score).
    pub fn scores(&self) -> &[f32] {
        &self.logits
    }

    fn feed(&mut self, ids: &[u32], past: usize, wanted: Wanted) -> Result<(), T5Error> {
        self.check(ids, past, wanted)?;
        {
            let mut input = write(&self.shared.input);
            (input.past, input.wanted) = (past, wanted);
            input.ids.clear();
            input.ids.extend_from_slice(ids);
        }
        let (start, is_alone) = (Instant::now(), self.company.is_alone());
        let is_done = if is_alone { self.crew.run_alone() } else { self.crew.run() };
        assert!(is_done, "a thread of the decoder has panicked");
        self.n_chose = if is_alone { 1 } else { self.shared.n_threads };
        if ids.len() == 1 && self.shared.n_threads > 1 {
            self.company.note(start.elapsed());
        }
        Ok(())
    }

    fn check(&self, ids: &[u32], past: usize, wanted: Wanted) -> Result<(), T5Error> {
        let (n, capacity) = (ids.len(), self.capacity);
        let is_within = past.checked_add(n).is_some_and(|end| end <= capacity);
        let reason = if n == 0 || !is_within {
            format!("{n} tokens after {past} are not within {capacity}")
        } else if wanted.n_tokens() > n {
            format!("{} tokens are wanted after {n}", wanted.n_tokens())
        } else if read(&self.shared.context).n_tokens == 0 {
            "no prompt was read".to_owned()
        } else {
            return self.shared.weights.embedding.check(ids);
        };
        Err(T5Error::Input(reason))
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl Shared {
    /// A thread's share of a step; all of it, if nobody is to be met.
    fn step(&self, thread: usize, meeting: Option<&Meeting>) {
        let mut worker = lock(&self.workers[thread]);
        let (input, context) = (read(&self.input), read(&self.context));
        let shards = if meeting.is_some() { thread..thread + 1 } else { 0..self.n_threads };
        StepWork { shared: self, shards, meeting, input: &input, context: &context }
            .run(&mut worker);
    }

    /// The heads of a shard.
    pub(crate) fn heads(&self, shard: usize) -> Range<usize> {
        self.share(shard, self.weights.n_heads)
    }

    /// The columns of a matrix that belong to a shard: whole panels.
    pub(crate) fn columns(&self, shard: usize, matrix: &BlockMatrix) -> Range<usize> {
        let panels = self.share(shard, matrix.n_padded() / COLUMNS);
        panels.start * COLUMNS..panels.end * COLUMNS
    }

    /// A shard's share of `n`.
    fn share(&self, shard: usize, n: usize) -> Range<usize> {
        n * shard / self.n_threads..n * (shard + 1) / self.n_threads
    }

    /// Puts the shards' parts of `n_rows` rows side by side.
    pub(crate) fn gather(&self, turn: usize, n_rows: usize, whole: &mut [f32]) {
        let width = whole.len() / n_rows;
        let mut column = 0;
        for part in &self.parts {
            let part = read(&part[turn]);
            let part_width = part.len() / n_rows;
            for (row, part) in whole.chunks_exact_mut(width).zip(part.chunks_exact(part_width)) {
                row[column..column + part_width].copy_from_slice(part);
            }
            column += part_width;
        }
    }
}
