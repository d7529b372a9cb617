//! [`Connection`]: a line of JSON in each direction between two processes, with one deadline for both.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::Serialize;

/// The longest line. Commands and most replies are short; the text of all metrics takes about 20 KiB.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// A connection that is over at its deadline, however slowly the other side reads and writes.
pub(super) struct Connection<'a> {
    stream: &'a UnixStream,
    deadline: Instant,
}

impl<'a> Connection<'a> {
    /// Uses `stream` for as long as `limit` from now on.
    pub(super) fn new(stream: &'a UnixStream, limit: Duration) -> Self {
        Self { stream, deadline: Instant::now() + limit }
    }

    /// The next line; `None` if the other side closed the connection without one.
    pub(super) fn read_line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        BufReader::new(self.take(MAX_LINE_BYTES)).read_line(&mut line)?;
        Ok((!line.is_empty()).then_some(line))
    }

    /// Sends `value` as a line.
    pub(super) fn write_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write_all(&line)
    }

    /// The time until the deadline; a timeout of zero would mean none.
    fn time_left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Connection<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.time_left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Connection<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.time_left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_time::blocking;

    #[test]
    fn a_peer_that_sends_a_byte_at_a_time_meets_the_deadline() {
        let (near, mut far) = UnixStream::pair().unwrap();
        let drip = std::thread::spawn(move || {
            // Each byte comes long before the deadline; the line never ends.
            while far.write_all(b"x").is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let line = blocking(move || Connection::new(&near, Duration::from_millis(50)).read_line());
        assert!(line.is_err(), "the deadline holds for the whole line: {line:?}");
        drip.join().unwrap();
    }
}
