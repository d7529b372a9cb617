//! One thread's share of a decoder's step: some heads of every attention, some columns of every matrix.
//!
//! The shares are cut once, into shards: a thread does its own, or all of them if it is alone. After each product the
//! threads meet and take over what the others have made. What is small is done by all: norms, the rounding of
//! activations, the residual stream.

use std::ops::Range;

use crate::choice::Chooser;
use crate::crew::Meeting;
use crate::decoder::Shared;
use crate::decoder_weights::{BlockMatrix, DecoderLayer};
use crate::kernels::{HEAD_SIZE, Kernels, SignedRows};
use crate::locks::{lock, write};

/// Scores of a softmax come in so many.
const LANES: usize = 16;

/// What is to be done.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) ids: Vec<u32>,
    /// Where the first of them stands.
    pub(crate) past: usize,
    pub(crate) wanted: Wanted,
}

/// What is to come of the last tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What they leave in the cache is all.
    #[default]
    Nothing,
    /// The best token after each of so many.
    Best(usize),
    /// The scores of the vocabulary after each of so many.
    Scores(usize),
}

impl Wanted {
    /// Tokens after which something is wanted.
    pub(crate) fn n_tokens(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Best(n) | Self::Scores(n) => n,
        }
    }
}

/// What the encoder has made of the prompt.
#[derive(Debug, Default)]
pub(crate) struct Context {
    pub(crate) n_tokens: usize,
    /// Keys of all layers, then values: `[n_heads, n_tokens, 64]` each.
    pub(crate) tensors: Vec<Vec<f32>>,
}

/// What a thread has of its own.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    /// How often it has met the others, ever.
    n_meetings: u64,
    /// How many products of this step are put together.
    n_products: usize,
    /// `[n, d_model]`.
    stream: Vec<f32>,
    /// Rows that are rounded next.
    whole: Vec<f32>,
    rows: SignedRows,
    scores: Vec<f32>,
    chooser: Chooser,
}

impl Worker {
    /// The best of its tokens, and their scores.
    pub(crate) fn best(&self) -> &[(u32, f32)] {
        self.chooser.best()
    }

    /// Which of the parts the last product of the step is in.
    pub(crate) fn last_turn(&self) -> usize {
        (self.n_products + 1) % 2
    }

    /// Which of the parts the next product goes to.
    fn turn(&self) -> usize {
        self.n_products % 2
    }
}

/// See the module's documentation.
pub(crate) struct StepWork<'a> {
    pub(crate) shared: &'a Shared,
    /// Those that the thread does: one, or all if it is alone.
    pub(crate) shards: Range<usize>,
    /// Nobody is to be met if it is alone.
    pub(crate) meeting: Option<&'a Meeting>,
    pub(crate) input: &'a Input,
    pub(crate) context: &'a Context,
}

/// What the others made has not come: one of them has panicked.
struct Lost;

impl StepWork<'_> {
    /// The whole share; the scores of the vocabulary are in the parts afterwards.
    pub(crate) fn run(&self, worker: &mut Worker) {
        // The step is lost then, and the crew says so.
        let _lost = self.try_run(worker);
    }

    fn try_run(&self, worker: &mut Worker) -> Result<(), Lost> {
        worker.n_products = 0;
        let weights = &self.shared.weights;
        weights.embedding.look_up_all(&self.input.ids, &mut worker.stream);
        for (index, layer) in weights.layers.iter().enumerate() {
            self.self_attention(index, layer, worker)?;
            self.cross_attention(index, layer, worker)?;
            self.feed_forward(layer, worker)?;
        }
        match self.input.wanted {
            Wanted::Nothing => Ok(()),
            Wanted::Best(n) => self.choose(n, worker),
            Wanted::Scores(n) => self.score(n, worker),
        }
    }

    /// Makes the thread's share of the scores after the last `n` tokens the part of the last meeting.
    fn score(&self, n: usize, worker: &mut Worker) -> Result<(), Lost> {
        self.keep_last(n, worker);
        let head = &self.shared.weights.head;
        self.normalize(&self.shared.weights.final_norm, head.block, worker);
        self.multiply(head, worker, |_| {});
        self.meet(worker)
    }

    /// Leaves the best of the thread's share of tokens, after each of the last `n`, in the worker.
    fn choose(&self, n: usize, worker: &mut Worker) -> Result<(), Lost> {
        self.keep_last(n, worker);
        let weights = &self.shared.weights;
        self.normalize(&weights.final_norm, weights.head.block, worker);
        let [first, last] = [self.shards.start, self.shards.end - 1]
            .map(|shard| self.shared.columns(shard, &weights.head));
        let Worker { chooser, whole, rows, .. } = worker;
        chooser.choose(self.shared.kernels, weights, (whole, rows), first.start..last.end);
        self.meet(worker)
    }

    /// Forgets the stream of all but the last `n` tokens.
    fn keep_last(&self, n: usize, worker: &mut Worker) {
        worker.stream.drain(..worker.stream.len() - n * self.shared.weights.d_model);
    }

    fn self_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), Lost> {
        let inner = self.shared.weights.n_heads * HEAD_SIZE;
        self.normalize(&layer.attention_norm, layer.qkv.block, worker);
        for shard in self.shards.clone() {
            let heads = self.shared.heads(shard);
            let mut state = lock(&self.shared.shards[shard]);
            for part in 0..3 {
                self.project(&layer.qkv, part * inner, &heads, worker, &mut state.projected[part]);
            }
            state.remember(index, self.input.past);
            let [queries, ..] = &state.projected;
            self.attend(shard, queries, worker, |head, row, scores| {
                let n_keys = self.input.past + row + 1;
                scores.extend(self.biases(heads.start + head, n_keys).iter().rev());
                state.cached(index, head)
            });
        }
        self.output(&layer.o, worker)
    }

    fn cross_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), Lost> {
        self.normalize(&layer.cross_norm, layer.cross_q.block, worker);
        let Context { n_tokens, tensors } = self.context;
        let n_layers = self.shared.weights.layers.len();
        for shard in self.shards.clone() {
            let heads = self.shared.heads(shard);
            let queries = &mut lock(&self.shared.shards[shard]).projected[0];
            self.project(&layer.cross_q, 0, &heads, worker, queries);
            self.attend(shard, queries, worker, |head, _, scores| {
                scores.resize(*n_tokens, 0.0);
                let place = (heads.start + head) * n_tokens * HEAD_SIZE;
                [index, n_layers + index].map(|tensor| &tensors[tensor][place..])
            });
        }
        self.output(&layer.cross_o, worker)
    }

    fn feed_forward(&self, layer: &DecoderLayer, worker: &mut Worker) -> Result<(), Lost> {
        self.normalize(&layer.feed_forward_norm, layer.wi.block, worker);
        self.multiply(&layer.wi, worker, |hidden| {
            hidden.iter_mut().for_each(|value| *value = value.max(0.0));
        });
        self.output(&layer.wo, worker)
    }

    /// Leaves the stream's norm in the worker's rows, rounded in blocks of `block`.
    fn normalize(&self, weight: &[f32], block: usize, worker: &mut Worker) {
        let Worker { stream, whole, rows, .. } = worker;
        let width = weight.len();
        whole.resize(stream.len(), 0.0);
        for (row, normed) in stream.chunks_exact(width).zip(whole.chunks_exact_mut(width)) {
            self.shared.kernels.normalize(row, weight, self.shared.weights.epsilon, normed);
        }
        rows.quantize(self.shared.kernels, whole, width, block);
    }

    /// Writes the products for some heads, whose columns of the matrix begin after `first`: `[n, n_heads * 64]`.
    fn project(
        &self,
        matrix: &BlockMatrix,
        first: usize,
        heads: &Range<usize>,
        worker: &Worker,
        out: &mut Vec<f32>,
    ) {
        let width = heads.len() * HEAD_SIZE;
        let columns = first + heads.start * HEAD_SIZE..first + heads.end * HEAD_SIZE;
        let panels = self.shared.weights.panels(matrix, &columns);
        out.resize(worker.rows.len() * width, 0.0);
        self.shared.kernels.multiply_rows(&worker.rows, panels, (out, width));
    }

    /// Makes a product the parts that the next meeting is about.
    fn multiply(&self, matrix: &BlockMatrix, worker: &Worker, finish: impl Fn(&mut [f32])) {
        for shard in self.shards.clone() {
            let columns = self.shared.columns(shard, matrix);
            let mut part = write(&self.shared.parts[shard][worker.turn()]);
            part.resize(worker.rows.len() * columns.len(), 0.0);
            let (panels, width) = (self.shared.weights.panels(matrix, &columns), columns.len());
            self.shared.kernels.multiply_rows(&worker.rows, panels, (&mut part, width));
            finish(&mut part);
        }
    }

    /// Makes what a shard's heads attend to its part that the next meeting is about. `context` gives for a head of the
    /// shard and a row the keys and values, and writes as many scores as there are of them, as they are before the
    /// query.
    fn attend<'c>(
        &self,
        shard: usize,
        queries: &[f32],
        worker: &mut Worker,
        context: impl Fn(usize, usize, &mut Vec<f32>) -> [&'c [f32]; 2],
    ) {
        let mut part = write(&self.shared.parts[shard][worker.turn()]);
        let n_heads = self.shared.heads(shard).len();
        part.resize(queries.len(), 0.0);
        let heads = queries.chunks_exact(HEAD_SIZE).zip(part.chunks_exact_mut(HEAD_SIZE));
        for (index, (query, attended)) in heads.enumerate() {
            worker.scores.clear();
            let [keys, values] = context(index % n_heads, index / n_heads, &mut worker.scores);
            attend_head(self.shared.kernels, query, keys, values, &mut worker.scores, attended);
        }
    }

    /// What a head adds to the scores of the last `n` keys, the nearest first.
    fn biases(&self, head: usize, n: usize) -> &[f32] {
        &self.shared.weights.bias[head * self.shared.weights.max_len()..][..n]
    }

    /// Adds the product of `matrix` with what all threads have made to the stream.
    fn output(&self, matrix: &BlockMatrix, worker: &mut Worker) -> Result<(), Lost> {
        self.take_over(matrix.k, worker)?;
        worker.rows.quantize(self.shared.kernels, &worker.whole, matrix.k, matrix.block);
        self.multiply(matrix, worker, |_| {});
        self.take_over(matrix.n, worker)?;
        for (value, change) in worker.stream.iter_mut().zip(&worker.whole) {
            *value += change;
        }
        Ok(())
    }

    /// Waits for all parts of `[n, width]` and puts them together.
    fn take_over(&self, width: usize, worker: &mut Worker) -> Result<(), Lost> {
        self.meet(worker)?;
        let n_rows = self.input.ids.len();
        worker.whole.resize(n_rows * width, 0.0);
        self.shared.gather(worker.last_turn(), n_rows, &mut worker.whole);
        Ok(())
    }

    fn meet(&self, worker: &mut Worker) -> Result<(), Lost> {
        worker.n_products += 1;
        let is_met = self.meeting.is_none_or(|meeting| meeting.wait(&mut worker.n_meetings));
        if is_met { Ok(()) } else { Err(Lost) }
    }
}

/// Attends from a query to as many keys as there are scores, which hold the biases.
fn attend_head(
    kernels: Kernels,
    query: &[f32],
    keys: &[f32],
    values: &[f32],
    scores: &mut Vec<f32>,
    attended: &mut [f32],
) {
    let n = scores.len();
    kernels.score_keys(query, keys, scores);
    scores.resize(n.next_multiple_of(LANES), 0.0);
    let factor = kernels.exponentials(scores, n);
    kernels.sum_rows(&scores[..n], factor, values, attended);
}
