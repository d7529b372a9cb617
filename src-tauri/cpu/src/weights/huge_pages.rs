//! [`HugePages`]: memory for weights that are read from one end to the other for every token.
//!
//! A core reads a page of 4 KB in a tenth of a microsecond, and then has to look up the address of
//! the next one. With pages of 2 MB, where the system has them, there are 512 times fewer look-ups.

use std::ops::Range;

use memmap2::MmapMut;

use crate::kernels::LINE_BYTES;

/// An anonymous memory map in pages of 2 MB, which is handed out from its beginning to its end.
pub(crate) struct HugePages {
    map: MmapMut,
    /// Bytes that have been handed out.
    n_taken: usize,
}

impl HugePages {
    /// Reserves addresses for `len` bytes. Pages that are never written take no memory.
    ///
    /// # Errors
    /// The system's error if it cannot reserve them.
    pub(crate) fn new(len: usize) -> std::io::Result<Self> {
        let map = MmapMut::map_anon(len.max(LINE_BYTES))?;
        #[cfg(target_os = "linux")]
        {
            // This is only advice: a system without huge pages uses small ones.
            let advised = map.advise(memmap2::Advice::HugePage);
            drop(advised);
        }
        Ok(Self { map, n_taken: 0 })
    }

    /// Hands out the next `len` bytes, a multiple of [`LINE_BYTES`], and returns their range. They
    /// are zero.
    ///
    /// # Errors
    /// Out of memory if fewer than `len` of the reserved bytes are left.
    pub(crate) fn take(&mut self, len: usize) -> std::io::Result<(Range<usize>, &mut [u8])> {
        debug_assert!(len.is_multiple_of(LINE_BYTES), "only whole lines are handed out");
        let range = self.n_taken..self.n_taken + len;
        let bytes = self.map.get_mut(range.clone()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        self.n_taken += len;
        Ok((range, bytes))
    }

    /// The bytes of a range that [`take`](Self::take) returned.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.map[range]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_do_not_overlap_and_end_with_the_reservation() {
        let mut pages = HugePages::new(3 * LINE_BYTES).unwrap();
        let (first, bytes) = pages.take(LINE_BYTES).unwrap();
        bytes.fill(1);
        let (second, bytes) = pages.take(2 * LINE_BYTES).unwrap();
        bytes.fill(2);
        assert!(pages.bytes(first).iter().all(|&byte| byte == 1), "the first range is unchanged");
        assert!(pages.bytes(second).iter().all(|&byte| byte == 2));
        assert!(pages.take(LINE_BYTES).is_err(), "no more bytes were reserved");
    }
}
