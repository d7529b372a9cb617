//! What another program writes into a pipe, read for no longer than it may take: a program that hangs must not take
//! this one with it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// As much as Linux keeps in a pipe.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads until the other side closes the pipe, or until `max_bytes` are there: the rest is left unread.
///
/// # Errors
/// [`io::ErrorKind::TimedOut`] if that takes longer than `patience`.
pub(crate) fn read(pipe: OwnedFd, patience: Duration, max_bytes: usize) -> io::Result<Vec<u8>> {
    let end = Instant::now() + patience;
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

/// Waits until something can be read, or until the other side has closed.
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

    use super::*;

    /// Longer than any test runs.
    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn a_pipe_is_read_to_its_end() {
        let (reader, mut writer) = io::pipe().unwrap();
        let content = b"let x = ".repeat(3 * CHUNK_BYTES / 8);
        let (expected, written) = (content.clone(), content);
        let program = std::thread::spawn(move || writer.write_all(&written).unwrap());
        assert_eq!(read(reader.into(), LONG, usize::MAX).unwrap(), expected, "in several chunks");
        program.join().unwrap();
    }

    #[test]
    fn no_more_is_read_than_is_wanted() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"let x = ").unwrap();
        let read = read(reader.into(), LONG, 3).unwrap();
        assert_eq!(read, b"let", "although the program goes on");
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"let x = ").unwrap();
        let error = read(reader.into(), Duration::ZERO, usize::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "its end is not in sight");
        drop(writer);
    }
}
