//! [`Shared`]: what all threads of a decoder share, and how the work is split among them.

use std::ops::Range;
use std::sync::{Mutex, RwLock};

use super::frame::Frame;
use super::input::Input;
use super::worker::Worker;
use crate::kernels::{COLUMNS, Kernels};
use crate::threads::locks::read;
use crate::weights::block_matrix::BlockMatrix;

/// The state that the threads share. The work is split into as many shards as there are threads:
/// some heads of every attention and some columns of every matrix.
pub(crate) struct Shared {
    pub(crate) kernels: Kernels,
    pub(crate) frame: Frame,
    pub(crate) n_threads: usize,
    /// The current step. Every thread holds the read lock until its step ends, so that writing the
    /// next step waits for all of them.
    pub(crate) input: RwLock<Input>,
    /// A double buffer for each shard's part of a product. A thread writes one half while others
    /// may still read the other, so a single barrier after each product suffices.
    pub(crate) products: Vec<[RwLock<Vec<f32>>; 2]>,
    /// One for each thread.
    pub(crate) workers: Vec<Mutex<Worker>>,
}

impl Shared {
    /// The columns of a matrix that belong to a shard, in whole panels.
    pub(crate) fn columns(&self, shard: usize, matrix: &BlockMatrix) -> Range<usize> {
        let panels = self.split(shard, matrix.n_padded() / COLUMNS);
        panels.start * COLUMNS..panels.end * COLUMNS
    }

    /// The part of `0..n` that belongs to a shard.
    pub(crate) fn split(&self, shard: usize, n: usize) -> Range<usize> {
        split(shard, self.n_threads, n)
    }

    /// Copies the shards' parts of a product side by side to `whole`, `[n_rows, width]`, from half
    /// `buffer` of the double buffers.
    pub(crate) fn gather(&self, buffer: usize, n_rows: usize, whole: &mut [f32]) {
        let width = whole.len() / n_rows;
        let mut column = 0;
        for part in &self.products {
            let part = read(&part[buffer]);
            let part_width = part.len() / n_rows;
            for (row, part) in whole.chunks_exact_mut(width).zip(part.chunks_exact(part_width)) {
                row[column..column + part_width].copy_from_slice(part);
            }
            column += part_width;
        }
    }
}

/// The part of `0..n` that belongs to one of `n_shards` shards.
pub(crate) fn split(shard: usize, n_shards: usize, n: usize) -> Range<usize> {
    n * shard / n_shards..n * (shard + 1) / n_shards
}
