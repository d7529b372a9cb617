//! One thread's part of a decoder step: some heads of every attention, some columns of every
//! matrix.
//!
//! The parts are fixed when the model is opened, as shards. A thread computes its own shard, or all
//! of them if it runs alone. After each product the threads wait at a barrier and read the parts of
//! the others. Every thread computes for itself what is small: norms, the quantization of
//! activations, the residual stream.

use std::ops::Range;

use super::input::{DecodeOutput, Input};
use super::shared::Shared;
use super::worker::Worker;
use crate::kernels::BlockActivations;
use crate::threads::barrier_pool::Barrier;
use crate::threads::locks::write;
use crate::weights::block_matrix::BlockMatrix;

/// One thread's part of one step.
pub(crate) struct Step<'a> {
    pub(crate) shared: &'a Shared,
    /// The shards that this thread computes: one, or all if it runs alone.
    pub(crate) shards: Range<usize>,
    /// `None` if the thread runs alone.
    pub(crate) barrier: Option<&'a Barrier>,
    pub(crate) input: &'a Input,
}

/// Another thread has panicked, so its part of a product will never come.
#[derive(Debug)]
pub(crate) struct BarrierAborted;

impl Step<'_> {
    /// Begins the step: embeds its tokens to the worker's residual stream.
    pub(crate) fn begin(&self, worker: &mut Worker) {
        worker.n_exchanges = 0;
        self.shared.frame.look_up(&self.input.ids, &mut worker.stream);
    }

    /// Computes the output from the residual stream. The logits, if wanted, are in the double
    /// buffers afterwards, and the best tokens in the worker.
    pub(crate) fn finish(&self, worker: &mut Worker) -> Result<(), BarrierAborted> {
        match self.input.output {
            DecodeOutput::Nothing => Ok(()),
            DecodeOutput::Best(n) => self.arg_max(n, worker),
            DecodeOutput::Logits(n) => self.logits(n, worker),
        }
    }

    /// Computes this thread's columns of the logits after the last `n` tokens, and publishes them
    /// at the step's last barrier.
    fn logits(&self, n: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.keep_last(n, worker);
        let head = &self.shared.frame.head.matrix;
        self.normalize(&self.shared.frame.final_norm, head.block(), worker);
        self.multiply(head, worker, |_| {});
        self.wait(worker)
    }

    /// Finds the best token of this thread's share of the vocabulary after each of the last `n`
    /// tokens.
    fn arg_max(&self, n: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.keep_last(n, worker);
        let frame = &self.shared.frame;
        self.normalize(&frame.final_norm, frame.head.matrix.block(), worker);
        let [first, last] = [self.shards.start, self.shards.end - 1]
            .map(|shard| self.shared.columns(shard, &frame.head.matrix));
        let Worker { arg_max, whole, rows, .. } = worker;
        let (kernels, head) = (self.shared.kernels, (&frame.head, &frame.memory));
        arg_max.search(kernels, head, (whole, rows), first.start..last.end);
        self.wait(worker)
    }

    /// Drops all but the last `n` tokens from the residual stream.
    pub(crate) fn keep_last(&self, n: usize, worker: &mut Worker) {
        worker.stream.drain(..worker.stream.len() - n * self.shared.frame.d_model);
    }

    /// Normalizes the residual stream and quantizes it to the worker's rows, in blocks of `block`.
    pub(crate) fn normalize(&self, weight: &[f32], block: usize, worker: &mut Worker) {
        let Worker { stream, whole, .. } = worker;
        let width = weight.len();
        whole.resize(stream.len(), 0.0);
        for (row, normed) in stream.chunks_exact(width).zip(whole.chunks_exact_mut(width)) {
            self.shared.kernels.normalize(row, weight, self.shared.frame.epsilon, normed);
        }
        self.quantize(block, worker);
    }

    /// Quantizes the output of the last norm to the worker's rows, in blocks of `block`.
    fn quantize(&self, block: usize, worker: &mut Worker) {
        let Worker { whole, rows, .. } = worker;
        rows.quantize(self.shared.kernels, whole, self.shared.frame.d_model, block);
    }

    /// Quantizes the output of the last norm again, unless the worker's rows have the blocks of
    /// `matrix` already.
    pub(crate) fn quantize_for(&self, matrix: &BlockMatrix, worker: &mut Worker) {
        if worker.rows.block() != matrix.block() {
            self.quantize(matrix.block(), worker);
        }
    }

    /// Multiplies `rows` with some columns of a matrix, such as those of some heads, into
    /// `out`, `[n, n_columns]`. They begin and end at the edge of a panel.
    pub(crate) fn project(
        &self,
        matrix: &BlockMatrix,
        columns: &Range<usize>,
        rows: &BlockActivations,
        out: &mut Vec<f32>,
    ) {
        let panels = matrix.panels(&self.shared.frame.memory, columns);
        out.resize(rows.len() * columns.len(), 0.0);
        self.shared.kernels.multiply_rows(rows, panels, (out, columns.len()));
    }

    /// Multiplies the worker's rows with this thread's columns of a matrix, applies `finish` to the
    /// products, and publishes them at the next barrier.
    pub(crate) fn multiply(
        &self,
        matrix: &BlockMatrix,
        worker: &Worker,
        finish: impl Fn(&mut [f32]),
    ) {
        for shard in self.shards.clone() {
            let mut part = write(&self.shared.products[shard][worker.write_buffer()]);
            self.multiply_shard(shard, matrix, &worker.rows, &mut part);
            finish(&mut part);
        }
    }

    /// Multiplies `rows` with a shard's columns of a matrix, into `out`, `[n_rows, n_columns]`.
    pub(crate) fn multiply_shard(
        &self,
        shard: usize,
        matrix: &BlockMatrix,
        rows: &BlockActivations,
        out: &mut Vec<f32>,
    ) {
        self.project(matrix, &self.shared.columns(shard, matrix), rows, out);
    }

    /// Multiplies the product of the next barrier with `matrix`, and adds the result to the
    /// residual stream.
    pub(crate) fn output(
        &self,
        matrix: &BlockMatrix,
        worker: &mut Worker,
    ) -> Result<(), BarrierAborted> {
        self.gather(matrix.k, worker)?;
        worker.rows.quantize(self.shared.kernels, &worker.whole, matrix.k, matrix.block());
        self.multiply(matrix, worker, |_| {});
        self.gather(matrix.n, worker)?;
        for (value, change) in worker.stream.iter_mut().zip(&worker.whole) {
            *value += change;
        }
        Ok(())
    }

    /// Waits for the other threads and puts the parts of a product together, `[n, width]`.
    fn gather(&self, width: usize, worker: &mut Worker) -> Result<(), BarrierAborted> {
        self.wait(worker)?;
        let n_rows = worker.stream.len() / self.shared.frame.d_model;
        worker.whole.resize(n_rows * width, 0.0);
        self.shared.gather(worker.read_buffer(), n_rows, &mut worker.whole);
        Ok(())
    }

    /// Waits until all threads have published their parts.
    pub(crate) fn wait(&self, worker: &mut Worker) -> Result<(), BarrierAborted> {
        worker.n_exchanges += 1;
        let is_complete = self.barrier.is_none_or(|barrier| barrier.wait(&mut worker.n_waits));
        if is_complete { Ok(()) } else { Err(BarrierAborted) }
    }
}
