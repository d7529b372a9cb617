//! The thoughts that a reasoning model writes down before its answer.

use crate::place::Place;

const TAGS: [(&str, &str); 4] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
];

/// `text` behind the thoughts; nothing if they do not end. Some servers cut the first tag off.
pub(super) fn without_thoughts<'a>(place: &Place<'_>, text: &'a str) -> &'a str {
    for (open, close) in TAGS {
        let begins = text.trim_start().starts_with(open);
        if place.contains(open) || place.contains(close) {
            continue;
        }
        match text.rfind(close) {
            Some(at) => return text[at + close.len()..].trim_start_matches('\n'),
            None if begins => return "",
            None => {}
        }
    }
    text
}
