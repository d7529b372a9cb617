//! The prompt once more: an instruct model often writes the cursor's line, or all of the snippet,
//! before it goes on.

use pounce_engine::nesting::is_name;

use crate::lines::n_letters;
use crate::place::Place;

/// Lines above the cursor's that are compared.
const MAX_LINES: usize = 60;
/// The fewest letters of a repetition; fewer may be equal by chance.
const MIN_LETTERS: usize = 4;
/// The fewest letters of a word at the cursor that counts as repeated.
const MIN_WORD: usize = 3;

/// `text` without its beginning if that repeats the last lines of the prefix, or the word at the
/// cursor.
pub(super) fn without_prompt<'a>(place: &Place<'_>, text: &'a str) -> &'a str {
    let start = text.trim_start_matches('\n');
    let length = echoed_lines(place.prefix, start).or_else(|| echoed_word(place, start));
    length.map_or(text, |length| &start[length..])
}

/// How much of `text` is the end of the prefix, from the beginning of a line.
fn echoed_lines(prefix: &str, text: &str) -> Option<usize> {
    let mut starts: Vec<usize> =
        prefix.rmatch_indices('\n').map(|(at, _)| at + 1).take(MAX_LINES).collect();
    if starts.len() < MAX_LINES {
        starts.push(0);
    }
    // The longest tail first.
    let echoed = starts.iter().rev().find_map(|start| {
        let tail = &prefix[*start..];
        let content = tail.trim_start();
        let is_telling = n_letters(content) >= MIN_LETTERS && content.contains(|c| !is_name(c));
        let begins = [tail, content].into_iter().find(|tail| text.starts_with(tail));
        begins.filter(|_| is_telling).map(str::len)
    });
    // With the whole of the tail repeated, nothing but blanks may be different before its end.
    echoed.or_else(|| {
        let line = prefix.rsplit('\n').next()?.trim();
        let is_telling = n_letters(line) >= MIN_LETTERS && line.contains(|c| !is_name(c));
        let content = text.trim_start();
        let blanks = text.len() - content.len();
        (is_telling && content.starts_with(line)).then_some(blanks + line.len())
    })
}

/// How much of `text` is the half-written name at the cursor, if that is a known name's beginning
/// only in this way: `connec` and `connection.close()`.
fn echoed_word(place: &Place<'_>, text: &str) -> Option<usize> {
    let word = place.word_before();
    let name = &text[..text.len() - text.trim_start_matches(is_name).len()];
    let is_echo = word.chars().count() >= MIN_WORD && name.len() > word.len();
    let joined = format!("{word}{name}");
    (is_echo && name.starts_with(word) && !place.contains(&joined)).then_some(word.len())
}
