//! What a server answers: a stream of events, or one JSON object.

use pounce_engine::{Language, Mode, Prompt, Segments};
use pounce_fitting::MAX_COMPLETION_BYTES;
use pounce_service::engines::remote::read_recorded;

use crate::scratch::check_error;

/// The first byte says of what type the answer is and in pieces of how many bytes it comes.
pub(crate) fn sse(bytes: &[u8]) {
    let (shape, content) = bytes.split_first().unwrap_or((&0, &[]));
    let content_type = if shape & 1 == 0 { "text/event-stream" } else { "application/json" };
    let piece_bytes = usize::from(shape / 2) + 1;
    let segments = Segments { prefix: "let x = ".to_owned(), suffix: ");\n".to_owned() };
    let prompt = Prompt { segments, language: Language::Unknown, mode: Mode::Free };
    match read_recorded(content_type, content.chunks(piece_bytes), &prompt) {
        Ok(read) => assert!(read.text.len() <= MAX_COMPLETION_BYTES, "{} bytes", read.text.len()),
        Err(error) => check_error(&error),
    }
}
