//! One thread's share of a decoder's step: some heads of every attention, some rows of every matrix.
//!
//! After each product the threads meet and take over what the others have made. What is small is done by all: norms,
//! the rounding of activations, the residual stream.

use crate::choice::Chooser;
use crate::crew::Meeting;
use crate::decoder::Shared;
use crate::decoder_weights::{BlockMatrix, DecoderLayer};
use crate::kernels::{HEAD_SIZE, Kernels, SignedRows};
use crate::locks::write;

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
    n_meetings: u64,
    capacity: usize,
    /// Of every layer.
    caches: Vec<Cache>,
    /// `[n, d_model]`.
    stream: Vec<f32>,
    /// Rows that are rounded next.
    whole: Vec<f32>,
    rows: SignedRows,
    /// Queries, keys and values of the thread's heads: `[n, n_heads * 64]` each.
    projected: [Vec<f32>; 3],
    scores: Vec<f32>,
    chooser: Chooser,
}

/// Keys and values of the thread's heads: `[n_heads, capacity, 64]`.
#[derive(Debug, Default)]
struct Cache {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl Worker {
    /// Makes room for `capacity` tokens.
    pub(crate) fn reserve(&mut self, n_layers: usize, n_heads: usize, capacity: usize) {
        let floats = || vec![0.0; n_heads * capacity * HEAD_SIZE];
        self.capacity = capacity;
        self.caches = (0..n_layers).map(|_| Cache { keys: floats(), values: floats() }).collect();
    }

    /// The best of its tokens, and their scores.
    pub(crate) fn best(&self) -> &[(u32, f32)] {
        self.chooser.best()
    }

    /// Which of the parts the last meeting was about.
    pub(crate) fn last_turn(&self) -> usize {
        (self.n_meetings % 2 + 1) as usize % 2
    }

    /// Which of the parts the next meeting is about.
    fn turn(&self) -> usize {
        (self.n_meetings % 2) as usize
    }

    /// Puts the projected keys and values where position `past` and the next are.
    fn remember(&mut self, layer: usize, past: usize) {
        let Self { projected: [_, keys, values], caches, capacity, .. } = self;
        let Cache { keys: cached_keys, values: cached_values } = &mut caches[layer];
        let n_heads = cached_keys.len() / (*capacity * HEAD_SIZE);
        for (projected, cached) in [(keys, cached_keys), (values, cached_values)] {
            let rows = projected.chunks_exact(n_heads * HEAD_SIZE).enumerate();
            for (position, row) in rows.map(|(row, values)| (past + row, values)) {
                for (head, values) in row.chunks_exact(HEAD_SIZE).enumerate() {
                    let place = (head * *capacity + position) * HEAD_SIZE;
                    cached[place..][..HEAD_SIZE].copy_from_slice(values);
                }
            }
        }
    }
}

/// See the module's documentation.
pub(crate) struct StepWork<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) thread: usize,
    pub(crate) meeting: &'a Meeting,
    pub(crate) input: &'a Input,
    pub(crate) context: &'a Context,
}

/// What the others made has not come: one of them has panicked.
struct Alone;

impl StepWork<'_> {
    /// The whole share; the scores of the vocabulary are in the parts afterwards.
    pub(crate) fn run(&self, worker: &mut Worker) {
        // The step is lost then, and the crew says so.
        let _lost = self.try_run(worker);
    }

    fn try_run(&self, worker: &mut Worker) -> Result<(), Alone> {
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
    fn score(&self, n: usize, worker: &mut Worker) -> Result<(), Alone> {
        self.keep_last(n, worker);
        let head = &self.shared.weights.head;
        self.normalize(&self.shared.weights.final_norm, head.block, worker);
        self.multiply(head, worker, |_| {});
        self.meet(worker)
    }

    /// Leaves the best of the thread's share of tokens, after each of the last `n`, in the worker.
    fn choose(&self, n: usize, worker: &mut Worker) -> Result<(), Alone> {
        self.keep_last(n, worker);
        let weights = &self.shared.weights;
        self.normalize(&weights.final_norm, weights.head.block, worker);
        let columns = self.shared.columns(self.thread, &weights.head);
        let Worker { chooser, whole, rows, .. } = worker;
        chooser.choose(self.shared.kernels, weights, (whole, rows), columns);
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
    ) -> Result<(), Alone> {
        let inner = self.shared.weights.n_heads * HEAD_SIZE;
        self.normalize(&layer.attention_norm, layer.qkv.block, worker);
        for part in 0..3 {
            self.project(&layer.qkv, part * inner, part, worker);
        }
        worker.remember(index, self.input.past);
        let cache = std::mem::take(&mut worker.caches[index]);
        let capacity = worker.capacity;
        self.attend(worker, |head, row, scores| {
            let n_keys = self.input.past + row + 1;
            scores.extend(self.biases(head, n_keys).iter().rev());
            let place = head * capacity * HEAD_SIZE;
            [&cache.keys[place..], &cache.values[place..]]
        });
        worker.caches[index] = cache;
        self.output(&layer.o, worker)
    }

    fn cross_attention(
        &self,
        index: usize,
        layer: &DecoderLayer,
        worker: &mut Worker,
    ) -> Result<(), Alone> {
        self.normalize(&layer.cross_norm, layer.cross_q.block, worker);
        self.project(&layer.cross_q, 0, 0, worker);
        let Context { n_tokens, tensors } = self.context;
        let first = self.shared.heads(self.thread).start;
        self.attend(worker, |head, _, scores| {
            scores.resize(*n_tokens, 0.0);
            let place = (first + head) * n_tokens * HEAD_SIZE;
            [index, self.shared.weights.layers.len() + index]
                .map(|tensor| &tensors[tensor][place..])
        });
        self.output(&layer.cross_o, worker)
    }

    fn feed_forward(&self, layer: &DecoderLayer, worker: &mut Worker) -> Result<(), Alone> {
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

    /// Leaves the products for the thread's heads, whose rows of the matrix begin after `first`, in the worker.
    fn project(&self, matrix: &BlockMatrix, first: usize, part: usize, worker: &mut Worker) {
        let heads = self.shared.heads(self.thread);
        let width = heads.len() * HEAD_SIZE;
        let columns = first + heads.start * HEAD_SIZE..first + heads.end * HEAD_SIZE;
        let panels = self.shared.weights.panels(matrix, &columns);
        let out = &mut worker.projected[part];
        out.resize(self.input.ids.len() * width, 0.0);
        self.shared.kernels.multiply_rows(&worker.rows, panels, (out, width));
    }

    /// Makes the thread's share of a product the part that the next meeting is about.
    fn multiply(&self, matrix: &BlockMatrix, worker: &Worker, finish: impl Fn(&mut [f32])) {
        let share = self.shared.columns(self.thread, matrix);
        let mut part = write(&self.shared.parts[self.thread][worker.turn()]);
        part.resize(worker.rows.len() * share.len(), 0.0);
        let out = (part.as_mut_slice(), share.len());
        self.shared.kernels.multiply_rows(
            &worker.rows,
            self.shared.weights.panels(matrix, &share),
            out,
        );
        finish(&mut part);
    }

    /// Makes what the thread's heads attend to the part that the next meeting is about. `context` gives for a head
    /// and a row the keys and values, and writes as many scores as there are of them, as they are before the query.
    fn attend<'c>(
        &self,
        worker: &mut Worker,
        context: impl Fn(usize, usize, &mut Vec<f32>) -> [&'c [f32]; 2],
    ) {
        let mut part = write(&self.shared.parts[self.thread][worker.turn()]);
        let Worker { projected: [queries, ..], scores, .. } = worker;
        let n_heads = self.shared.heads(self.thread).len();
        part.resize(queries.len(), 0.0);
        let heads = queries.chunks_exact(HEAD_SIZE).zip(part.chunks_exact_mut(HEAD_SIZE));
        for (index, (query, attended)) in heads.enumerate() {
            scores.clear();
            let [keys, values] = context(index % n_heads, index / n_heads, scores);
            attend_head(self.shared.kernels, query, keys, values, scores, attended);
        }
    }

    /// What a head adds to the scores of the last `n` keys, the nearest first.
    fn biases(&self, head: usize, n: usize) -> &[f32] {
        let head = self.shared.heads(self.thread).start + head;
        &self.shared.weights.bias[head * self.shared.weights.max_len()..][..n]
    }

    /// Adds the product of `matrix` with what all threads have made to the stream.
    fn output(&self, matrix: &BlockMatrix, worker: &mut Worker) -> Result<(), Alone> {
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
    fn take_over(&self, width: usize, worker: &mut Worker) -> Result<(), Alone> {
        self.meet(worker)?;
        let n_rows = self.input.ids.len();
        worker.whole.resize(n_rows * width, 0.0);
        self.shared.gather(worker.last_turn(), n_rows, &mut worker.whole);
        Ok(())
    }

    fn meet(&self, worker: &mut Worker) -> Result<(), Alone> {
        if self.meeting.wait(&mut worker.n_meetings) { Ok(()) } else { Err(Alone) }
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
