//! [`cursor_of`]: where the cursor stands in a text without a marker.
//!
//! Editors copy a line with its line end, above all where nothing is selected. If the line is unfinished, its rest is
//! wanted, and not the line after it.

/// Words after which a line goes on.
const OPEN_WORDS: [&str; 16] = [
    "and", "as", "await", "case", "extends", "from", "import", "in", "is", "new", "not", "or",
    "return", "throw", "typeof", "yield",
];
/// Characters after which a line goes on. A bracket that opens, a comma and a colon are none: the line after them is
/// the next.
const OPEN_ENDS: [char; 12] = ['=', '+', '-', '*', '/', '%', '<', '&', '|', '^', '.', '!'];

/// The byte offset of the cursor in `text`: before a line end that follows an unfinished line, otherwise at the end.
pub(crate) fn cursor_of(text: &str) -> usize {
    let Some(ended) = text.strip_suffix('\n') else { return text.len() };
    let ended = ended.strip_suffix('\r').unwrap_or(ended);
    let last = ended.rsplit('\n').next().unwrap_or_default();
    if is_unfinished(last) { ended.len() } else { text.len() }
}

fn is_unfinished(line: &str) -> bool {
    let code = line.trim();
    let last_word = code.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
    if code.is_empty() || is_comment(code) || code.ends_with("++") || code.ends_with("--") {
        return false;
    }
    code.ends_with(OPEN_ENDS)
        || last_word.is_some_and(|word| OPEN_WORDS.contains(&word))
        || has_open_bracket(code)
}

/// Whether words after an operator are meant for people.
fn is_comment(code: &str) -> bool {
    ["//", "#", "--", "/*", "*"].iter().any(|start| code.starts_with(start))
}

/// Whether the line opens a round or square bracket and goes on after it without closing it. One that ends the line, and
/// an argument that ends with a comma, are followed by lines.
fn has_open_bracket(code: &str) -> bool {
    let count = |open, close| {
        code.chars().fold(0_i32, |depth, c| match c {
            c if c == open => depth + 1,
            c if c == close => depth - 1,
            _ => depth,
        })
    };
    let is_open = count('(', ')') > 0 || count('[', ']') > 0;
    is_open && !code.ends_with(['(', '[', '{', ',', ':', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_line_is_finished() {
        for line in [
            "let x = ",
            "    return ",
            "    return",
            "total +=",
            "if a &&",
            "self.",
            "for n in",
            "print(add(1",
            "const y = items[i",
            "from os import",
        ] {
            for end in ["\n", "\r\n"] {
                let text = format!("def f():\n{line}{end}");
                assert_eq!(cursor_of(&text), text.len() - end.len(), "before the end of {line:?}");
            }
            assert_eq!(cursor_of(line), line.len(), "at the end of {line:?}");
        }
    }

    #[test]
    fn a_finished_line_is_followed_by_the_next() {
        for line in [
            "let x = 1;",
            "def f(a, b):",
            "fn main() {",
            "print(add(1, 2))",
            "items = [",
            "call(",
            "call(1,",
            "    1,",
            "i++",
            "# what comes from",
            "// a =",
            "",
            "}",
        ] {
            let text = format!("{line}\n");
            assert_eq!(cursor_of(&text), text.len(), "after the end of {line:?}");
        }
        let blank = "let x =\n\n";
        assert_eq!(cursor_of(blank), blank.len(), "a blank line was wanted");
    }
}
