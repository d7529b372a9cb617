//! [`one_line`]: code as one line of a menu.

/// The most characters of a line.
const MAX_CHARS: usize = 48;

/// A text as one line: its white space as single blanks, and cut where it is too long for a menu.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_to_a_line() {
        let long = "é".repeat(MAX_CHARS + 1);
        for (text, expected) in [
            ("  a + b", "a + b".to_owned()),
            ("if a:\n\treturn b\r\n", "if a: return b".to_owned()),
            (&long[2..], "é".repeat(MAX_CHARS)),
            (&long, format!("{}…", "é".repeat(MAX_CHARS))),
        ] {
            assert_eq!(one_line(text), expected, "{text:?}");
        }
    }
}
