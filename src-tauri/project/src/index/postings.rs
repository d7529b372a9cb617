//! [`Postings`]: from a line's hash to the places where such lines stand.

use super::line::LineHash;

/// Bits of the hash that choose the bucket: a bucket has about thirty entries for two million lines.
const BUCKET_BITS: u32 = 16;

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posting {
    hash: LineHash,
    pub(crate) file: u32,
    pub(crate) line: u32,
}

/// The places of every telling line, in buckets by hash: a file's lines are added and removed without
/// touching those of the others.
#[derive(Debug, Default)]
pub(crate) struct Postings {
    /// Empty until the first line comes.
    buckets: Vec<Vec<Posting>>,
}

impl Postings {
    /// Adds a line.
    pub(super) fn add(&mut self, hash: LineHash, file: u32, line: u32) {
        if self.buckets.is_empty() {
            self.buckets.resize_with(1 << BUCKET_BITS, Vec::new);
        }
        self.buckets[bucket_of(hash)].push(Posting { hash, file, line });
    }

    /// Removes all lines of `file` that have this hash.
    pub(super) fn remove(&mut self, hash: LineHash, file: u32) {
        if let Some(bucket) = self.buckets.get_mut(bucket_of(hash)) {
            bucket.retain(|posting| posting.hash != hash || posting.file != file);
        }
    }

    /// The places where a line of this hash stands.
    pub(super) fn of(&self, hash: LineHash) -> impl Iterator<Item = &Posting> {
        let bucket = self.buckets.get(bucket_of(hash)).map_or(&[][..], Vec::as_slice);
        bucket.iter().filter(move |posting| posting.hash == hash)
    }

    /// Gives back memory that was kept for more lines.
    pub(super) fn shrink(&mut self) {
        self.buckets.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// Bytes that the postings take.
    pub(super) fn size_bytes(&self) -> usize {
        let of_bucket = |bucket: &Vec<Posting>| {
            size_of::<Vec<Posting>>() + bucket.capacity() * size_of::<Posting>()
        };
        self.buckets.iter().map(of_bucket).sum()
    }
}

fn bucket_of(hash: LineHash) -> usize {
    (hash.0 >> (u32::BITS - BUCKET_BITS)) as usize
}
