//! [`Pages`]: memory for weights that are read from one end to the other, token after token.
//!
//! A page of 4 KB lasts a core for a tenth of a microsecond, and where the next one begins has to be looked up. In
//! pages of 2 MB, where the system has them, reading goes on.

use std::ops::Range;

use memmap2::MmapMut;

use crate::kernels::LINE;

/// See the module's documentation.
pub(crate) struct Pages {
    map: MmapMut,
    /// Bytes that are taken.
    n_taken: usize,
}

impl Pages {
    /// Sets aside addresses for so many bytes; what is never written takes no memory.
    ///
    /// # Errors
    /// What the system says if it has no room.
    pub(crate) fn new(len: usize) -> std::io::Result<Self> {
        let map = MmapMut::map_anon(len.max(LINE))?;
        #[cfg(target_os = "linux")]
        {
            // It is advice: a system without large pages takes small ones.
            let advised = map.advise(memmap2::Advice::HugePage);
            drop(advised);
        }
        Ok(Self { map, n_taken: 0 })
    }

    /// Takes the next `len` bytes, a number of whole lines; they are zero.
    ///
    /// # Errors
    /// Out of memory, where more is asked for than was set aside.
    pub(crate) fn take(&mut self, len: usize) -> std::io::Result<(Range<usize>, &mut [u8])> {
        debug_assert!(len.is_multiple_of(LINE), "lines are whole");
        let range = self.n_taken..self.n_taken + len;
        let bytes = self.map.get_mut(range.clone()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        self.n_taken += len;
        Ok((range, bytes))
    }

    /// What was taken.
    pub(crate) fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.map[range]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_stays_apart_and_has_an_end() {
        let mut pages = Pages::new(3 * LINE).unwrap();
        let (first, bytes) = pages.take(LINE).unwrap();
        bytes.fill(1);
        let (second, bytes) = pages.take(2 * LINE).unwrap();
        bytes.fill(2);
        assert!(pages.bytes(first).iter().all(|&byte| byte == 1), "the first is as it was");
        assert!(pages.bytes(second).iter().all(|&byte| byte == 2));
        assert!(pages.take(LINE).is_err(), "no more was set aside");
    }
}
