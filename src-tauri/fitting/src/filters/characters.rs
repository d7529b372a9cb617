//! Characters that no code has: controls, escape sequences of a terminal, marks that reorder text
//! (by which code can look different from what it does), pieces of broken characters. Line ends
//! become LF.

use std::iter::Peekable;
use std::str::Chars;

use super::filter::{Draft, Filter, Verdict};
use super::rejection_reason::RejectionReason;

pub(super) const FILTER: Filter = Filter {
    name: "characters",
    reason: RejectionReason::ControlCharacters,
    is_complete_if_empty: false,
    check,
};

/// The most bytes of a completion: a longer one is a fault of the model or of a server.
pub const MAX_BYTES: usize = 64 * 1024;

fn check(draft: &Draft<'_>) -> Verdict {
    let bounded = &draft.text[..draft.text.floor_char_boundary(MAX_BYTES)];
    if bounded.len() == draft.text.len() && !bounded.chars().any(is_unwanted) {
        return Verdict::Keep;
    }
    Verdict::repair(draft.text, cleaned(bounded))
}

fn cleaned(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\r' => {
                chars.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\u{a0}' => cleaned.push(' '),
            c if is_unwanted(c) => {}
            c => cleaned.push(c),
        }
    }
    cleaned
}

/// Skips what follows an escape character: `[0;31m`, `]0;title` up to its end, or one character.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            chars.next_if(|c| matches!(c, '@'..='~'));
        }
        Some(']') => while chars.next_if(|c| !matches!(c, '\u{7}' | '\u{1b}' | '\n')).is_some() {},
        Some(c) if c.is_ascii_alphanumeric() => drop(chars.next()),
        _ => {}
    }
}

fn is_unwanted(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2060}' | '\u{feff}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        '\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{fffd}' => true,
        c => c.is_control(),
    }
}
