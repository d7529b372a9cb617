//! [`read_bodies`]: the readers of requests by themselves.

use crate::ask::cut::Cut;
use crate::ask::fim_prompt;
use crate::http::refusal::Refusal;
use crate::{llama_cpp, ollama, openai};

/// Reads bytes as a body of each protocol, and as the text of a completion that is cut.
///
/// # Panics
/// If a refusal has no message or breaks it into lines, or a cut text is no beginning of the text.
pub fn read_bodies(bytes: &[u8]) {
    let refusals = [llama_cpp::check(bytes), openai::check(bytes), ollama::check(bytes)];
    for Refusal { message, .. } in refusals.into_iter().filter_map(Result::err) {
        assert!(!message.is_empty() && !message.contains('\n'), "one line: {message:?}");
    }
    let text = String::from_utf8_lossy(bytes);
    let (stop, min_indent) = (text.chars().take(2).collect(), bytes.len() % 9);
    let cut = Cut { stop: vec![stop], min_indent }.apply(&text);
    assert!(text.starts_with(&cut.text), "cut anywhere else than at its end");
    if let Some((prefix, suffix)) = fim_prompt::split(&text) {
        assert!(prefix.len() + suffix.len() <= text.len(), "nothing is added");
    }
}
