//! Tokens by which models mark the parts of a prompt and the end of a text, of any family.
//!
//! What follows such a token is another document. In markup some of them are tags, and a snippet
//! that is about these tokens may have them in its strings.

use pounce_engine::Language;
use pounce_engine::nesting::Nesting;

use crate::place::Place;

/// Tokens that no pattern covers.
const TOKENS: [&str; 22] = [
    "</s>",
    "<s>",
    "<pad>",
    "<unk>",
    "<mask>",
    "<EOT>",
    "<eot>",
    "<PRE>",
    "<SUF>",
    "<MID>",
    "<EOD>",
    "<END>",
    "<bos>",
    "<eos>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<|end|>",
    "<file_sep>",
    "<repo_name>",
];
/// Tokens whose names have one of these beginnings.
const BEGINNINGS: [&str; 8] =
    ["<|", "<｜", "<fim_", "<fim-", "<extra_id_", "<issue_", "<jupyter_", "<commit_"];
/// A token's longest name, in bytes.
const MAX_LENGTH: usize = 40;

/// `text` up to its first special token; tokens at its start are skipped.
pub(super) fn without_tokens<'a>(place: &Place<'_>, text: &'a str) -> &'a str {
    if !text.contains(['<', '[']) {
        return text;
    }
    let mut text = text;
    while let Some(length) = token_at(place, text.trim_start()) {
        text = &text.trim_start()[length..];
    }
    let mut nesting: Option<Nesting> = None;
    let mut read = 0;
    for (at, _) in text.match_indices(['<', '[']) {
        let Some(length) = token_at(place, &text[at..]) else { continue };
        if !place.contains(&text[at..at + length]) {
            return &text[..at];
        }
        let nesting =
            nesting.get_or_insert_with(|| Nesting::after(place.line_before(), place.language));
        nesting.read(&text[read..at]);
        read = at;
        if !nesting.is_in_text() {
            return &text[..at];
        }
    }
    text
}

/// The length of the special token that `text` begins with.
fn token_at(place: &Place<'_>, text: &str) -> Option<usize> {
    let is_markup = matches!(place.language, Language::Html | Language::Php | Language::Unknown)
        || place.contains("</");
    let token = TOKENS.iter().find(|token| text.starts_with(**token));
    match token {
        Some(token) if is_markup && is_tag(token) => None,
        Some(token) => Some(token.len()),
        None => patterned(text),
    }
}

fn is_tag(token: &str) -> bool {
    matches!(token, "<s>" | "</s>" | "<mask>")
}

/// The length of a token such as `<|endoftext|>`, `<fim_middle>`, `<extra_id_0>`.
fn patterned(text: &str) -> Option<usize> {
    let beginning = BEGINNINGS.iter().find(|beginning| text.starts_with(**beginning))?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '▁');
    let name = &text[beginning.len()..];
    let end = &name[name.trim_start_matches(is_name).as_ptr() as usize - name.as_ptr() as usize..];
    let close = match *beginning {
        "<|" => "|>",
        "<｜" => "｜>",
        _ => ">",
    };
    let length = text.len() - end.len() + close.len();
    let has_name = end.len() < name.len();
    (has_name && end.starts_with(close) && length <= MAX_LENGTH).then_some(length)
}
