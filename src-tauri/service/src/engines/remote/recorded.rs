//! [`read_recorded`]: a server's answer without a server, for tests and fuzzing.

use pounce_engine::{FinishReason, Generation, Prompt, never_stop};

use super::answer::Answer;
use super::stream::{Events, Fault};

/// Reads an answer of this content type that came in these pieces, as one that a server sends.
///
/// # Errors
/// In a few words, what is wrong with it.
pub fn read_recorded<'a>(
    content_type: &str,
    pieces: impl Iterator<Item = &'a [u8]>,
    prompt: &Prompt,
) -> Result<Generation, &'static str> {
    let mut answer = Answer::new(prompt);
    answer.note_encoded();
    let finish = read(&mut answer, Events::of_type(content_type), pieces).map_err(in_words)?;
    Ok(answer.finish(&prompt.segments, &prompt.segments, finish))
}

fn read<'a>(
    answer: &mut Answer,
    mut events: Events,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<FinishReason, Fault> {
    for piece in pieces {
        if let Some(finish) = answer.take(events.push(piece)?, &mut never_stop) {
            return Ok(finish);
        }
    }
    let finish = answer.take(events.finish()?, &mut never_stop);
    Ok(finish.unwrap_or(FinishReason::Yielded))
}

fn in_words(fault: Fault) -> &'static str {
    match fault {
        Fault::Malformed(what) => what,
        Fault::Failed => "it failed",
    }
}
