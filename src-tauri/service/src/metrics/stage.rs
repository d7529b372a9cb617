//! [`Stage`]: the parts of a request's time.

use std::time::Duration;

use super::RequestRecord;

/// A part of a request's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stage {
    /// Reading the clipboard, before the request arrives here.
    ClipboardRead,
    /// Waiting for earlier requests.
    Queue,
    /// Text to token ids.
    Tokenize,
    /// Reading the prompt.
    Encode,
    /// The first token.
    FirstToken,
    /// All later tokens.
    Decode,
    /// Token ids to text.
    Detokenize,
    /// Writing the clipboard, after the answer.
    ClipboardWrite,
    /// From arrival to answer; more than the sum of the others by what lies between them.
    Total,
}

impl Stage {
    /// The name in the dump and on the dashboard.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClipboardRead => "clipboard_read",
            Self::Queue => "queue",
            Self::Tokenize => "tokenize",
            Self::Encode => "encode",
            Self::FirstToken => "first_token",
            Self::Decode => "decode",
            Self::Detokenize => "detokenize",
            Self::ClipboardWrite => "clipboard_write",
            Self::Total => "total",
        }
    }

    /// The stages inside the service with the time that a request spent in each.
    pub(crate) fn times_of(record: &RequestRecord) -> [(Self, Duration); 7] {
        let timings = record.timings;
        [
            (Self::Queue, record.queued),
            (Self::Tokenize, timings.tokenize),
            (Self::Encode, timings.encode),
            (Self::FirstToken, timings.first_token),
            (Self::Decode, timings.decode),
            (Self::Detokenize, timings.detokenize),
            (Self::Total, record.elapsed),
        ]
    }
}
