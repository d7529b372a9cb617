//! The useful boundary: how much of an unfinished completion may be shown.
//!
//! - Block and free runs are cut after the last whole line; a text without one is not useful.
//! - A line is cut after the last token that can end an expression or a statement: a name, a
//!   number, a closing bracket or quote, `;`, `:` or `,`. The last token of the text does not count
//!   unless something follows it, since a name may go on. Inside of a string literal there is no
//!   boundary. So `foo(bar, ba` becomes `foo(bar,` and `x.na` becomes `x`.
//!
//! This module knows no language; it is right for what most of them share.

use pounce_engine::Mode;

/// The part of an unfinished `text` that ends at a useful boundary; `None` if there is none.
///
/// `a = f(b, cd` of a line is useful up to `a = f(b,`.
pub(crate) fn useful_part(text: &str, mode: Mode) -> Option<&str> {
    let end = match mode {
        Mode::Line => last_token_end(text)?,
        Mode::Block | Mode::Free => text.rfind('\n')?,
    };
    let useful = text[..end].trim_end();
    (!useful.trim_start().is_empty()).then_some(useful)
}

/// How many useful boundaries a text of `mode` has passed: whole lines that hold code. A line has
/// only one, its end, which ends the completion itself.
pub(crate) fn n_whole_lines(text: &str, mode: Mode) -> usize {
    match mode {
        Mode::Line => 0,
        Mode::Block | Mode::Free => text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n') && !line.trim().is_empty())
            .count(),
    }
}

/// Byte offset after the last token that is complete and may end a line.
fn last_token_end(text: &str) -> Option<usize> {
    let mut end = None;
    let mut quote: Option<char> = None;
    let mut previous: Option<char> = None;
    for (offset, c) in text.char_indices() {
        if let Some(open) = quote {
            let is_escaped = previous == Some('\\');
            if c == open && !is_escaped {
                quote = None;
            }
            // Two backslashes are one character: the second escapes nothing.
            previous = Some(if is_escaped && c == '\\' { ' ' } else { c });
            if quote.is_none() {
                end = Some(offset + c.len_utf8());
            }
            continue;
        }
        let ends_name =
            previous.is_some_and(is_name) && !is_name(c) && !matches!(c, '"' | '\'' | '`' | '!');
        if ends_name {
            end = Some(offset);
        }
        match c {
            '"' | '`' => quote = Some(c),
            '\'' if !previous.is_some_and(is_name)
                && previous != Some('&')
                && previous != Some('<') =>
            {
                quote = Some(c)
            }
            ')' | ']' | '}' | ';' | ',' | ':' => end = Some(offset + c.len_utf8()),
            _ => {}
        }
        previous = Some(c);
    }
    end
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(mode: Mode, text: &str, useful: Option<&str>) {
        assert_eq!(useful_part(text, mode), useful, "{mode:?}: {text:?}");
    }

    #[test]
    fn a_line_ends_after_a_complete_token() {
        check(Mode::Line, "", None);
        check(Mode::Line, "retu", None);
        check(Mode::Line, "return ", Some("return"));
        check(Mode::Line, "a + b", Some("a"));
        check(Mode::Line, "a + b ", Some("a + b"));
        check(Mode::Line, "foo(bar, ba", Some("foo(bar,"));
        check(Mode::Line, "foo(bar)", Some("foo(bar)"));
        check(Mode::Line, "x.na", Some("x"));
        check(Mode::Line, "x[0] += ", Some("x[0]"));
        check(Mode::Line, "\n    return x", Some("\n    return"));
        check(Mode::Line, "   ", None);
        check(Mode::Line, "a = f(b, cd", Some("a = f(b,"));
        check(Mode::Line, "abc", None);
    }

    #[test]
    fn a_string_literal_is_whole_or_left_out() {
        check(Mode::Line, r#"print("hello, wor"#, Some("print"));
        check(Mode::Line, r#"print("hello")"#, Some(r#"print("hello")"#));
        check(Mode::Line, r#"f("a\"b, c"#, Some("f"));
        check(Mode::Line, r#"f("a\\", b"#, Some(r#"f("a\\","#));
        check(Mode::Line, "x = 'it, is", Some("x"));
        check(Mode::Line, "fn f<'a>(x: &'a str) ", Some("fn f<'a>(x: &'a str)"));
    }

    #[test]
    fn blocks_and_free_runs_end_after_a_whole_line() {
        check(Mode::Block, "a()", None);
        check(Mode::Block, "a()\n", Some("a()"));
        check(Mode::Block, "\n    a()\n    b(", Some("\n    a()"));
        check(Mode::Block, "\n", None);
        check(Mode::Free, "a\r\nb", Some("a"));
        check(Mode::Block, "a()\n    b()\n    c", Some("a()\n    b()"));
    }

    #[test]
    fn boundaries_passed_are_counted() {
        assert_eq!(n_whole_lines("a\n\nb\nc", Mode::Block), 2, "a blank line is no step forward");
        assert_eq!(n_whole_lines("a\nb", Mode::Line), 0, "a line's end ends the completion");
    }

    proptest! {
        #[test]
        fn the_useful_part_is_a_shorter_beginning(text in ".{0,60}", is_line: bool) {
            let mode = if is_line { Mode::Line } else { Mode::Free };
            if let Some(useful) = useful_part(&text, mode) {
                prop_assert!(text.starts_with(useful));
                prop_assert!(!useful.trim().is_empty());
            }
        }
    }
}
