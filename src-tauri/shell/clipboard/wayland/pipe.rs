//! Reads from a pipe with a timeout, so that another program that hangs cannot block this one.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The capacity of a pipe on Linux.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads until the other side closes the pipe, at most `max_bytes`; the rest is left unread.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if that takes until `end`.
pub(crate) fn read(pipe: OwnedFd, end: Instant, max_bytes: usize) -> io::Result<Vec<u8>> {
    let mut pipe = File::from(pipe);
    let (mut content, mut chunk) = (Vec::new(), vec![0; CHUNK_BYTES]);
    while content.len() < max_bytes {
        wait_for_more(&pipe, end)?;
        match pipe.read(&mut chunk)? {
            0 => break,
            n => content.extend_from_slice(&chunk[..n]),
        }
    }
    content.truncate(max_bytes);
    Ok(content)
}

/// Waits until there is something to read or the other side has closed the pipe.
fn wait_for_more(pipe: &File, end: Instant) -> io::Result<()> {
    let n_ready = rustix::io::retry_on_intr(|| {
        let left = end.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|_| rustix::io::Errno::INVAL)?;
        poll(&mut [PollFd::new(pipe, PollFlags::IN)], Some(&left))
    })?;
    if n_ready == 0 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;
    use crate::in_time::blocking;

    /// Later than any test runs.
    fn late() -> Instant {
        Instant::now() + Duration::from_secs(600)
    }

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let content = b"let x = ".repeat(3 * CHUNK_BYTES / 8);
        let (expected, written) = (content.clone(), content);
        let program = std::thread::spawn(move || writer.write_all(&written).unwrap());
        let read = blocking(|| read(reader.into(), late(), usize::MAX));
        assert_eq!(read.unwrap(), expected, "in several chunks");
        program.join().unwrap();
    }

    #[test]
    fn at_most_max_bytes_are_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"let x = ").unwrap();
        let read = blocking(|| read(reader.into(), late(), 3));
        assert_eq!(read.unwrap(), b"let", "although the program goes on");
    }

    #[test]
    fn reading_from_a_program_that_hangs_times_out() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"let x = ").unwrap();
        let read = blocking(|| read(reader.into(), Instant::now(), usize::MAX));
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::TimedOut, "its end is not in sight");
        drop(writer);
    }
}
