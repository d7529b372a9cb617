use super::*;
use crate::prompt::segments::{DEFAULT_CURSOR_MARKER, Segments};

fn rest_at(language: Language, place: &str) -> RestOfLine {
    let segments = Segments::split_at_marker(place, DEFAULT_CURSOR_MARKER);
    RestOfLine::of(&segments.prefix, &segments.suffix, language)
        .expect("code follows on the cursor's line")
}

/// Lets a model write `text` at the cursor of `place`, a character at a time.
fn check_in(language: Language, place: &str, text: &str, expected: &str) {
    let rest = rest_at(language, place);
    let lengths = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let ended = [0].into_iter().chain(lengths).find_map(|n| rest.end_of(&text[..n]));
    let written = rest.finish(&text[..ended.unwrap_or(text.len())]);
    assert_eq!(written, expected, "{text:?} at {place:?}");
    assert_eq!(rest.finish(text), expected, "{text:?} at once, at {place:?}");
    for (n, _) in text.char_indices().take_while(|(n, _)| ended.is_none_or(|end| *n <= end)) {
        let shown = &text[..rest.sure_len(&text[..n])];
        assert!(written.starts_with(shown), "{shown:?} of {text:?} was shown and taken back");
    }
}

fn check(place: &str, text: &str, expected: &str) {
    check_in(Language::Python, place, text, expected);
}

#[test]
fn closers_of_the_place_are_left_to_the_rest() {
    check("print(‹cursor›)", "name)", "name");
    check("print(‹cursor›)", "len(name))", "len(name)");
    check("f(g(‹cursor›))", "x)))", "x");
    check("x = a[‹cursor›].b", "i]", "i");
    check("for (‹cursor›) {", "const x of xs) {", "const x of xs");
    check("f(‹cursor›,\n  b)", "a)", "a");
    check("{console.log(item.‹cursor›); }", "name);", "name");
}

#[test]
fn brackets_that_nothing_after_the_cursor_closes_are_closed() {
    check(".bounds([‹cursor›)", "0.0, 0.0])", "0.0, 0.0]");
    check("f(g(‹cursor›);\n}", "x));", "x)");
    check("x = f(‹cursor›;\n}", "a);", "a)");
    check("k[\"‹cursor›].m()", "rsa\"].m()", "rsa\"");
}

#[test]
fn what_the_completion_opens_it_closes() {
    check("print(‹cursor›)", "f(x", "f(x)");
    check("print(‹cursor›)", "f(x, \"a", "f(x, \"a\")");
    check("x = ‹cursor›;", "[(1", "[(1)]");
    check("x = ‹cursor›;", "{ a: f(b;", "{ a: f(b;)}");
}

#[test]
fn strings_end_at_their_quote() {
    check("x = \"‹cursor›\"", "abc\"", "abc");
    check("x = \"‹cursor›\"", "it's\"", "it's");
    check("f('‹cursor›', b)", "a', b)", "a");
    check("x = `a ${‹cursor›}`", "name}`", "name");
    check("x = f\"{‹cursor›}\"", "name}\"", "name");
    check("x = f\"{d['‹cursor›']}\"", "key']}\"", "key");
    check("\"\"\"‹cursor›\"\"\"", "Returns it.\"\"\"", "Returns it.");
}

#[test]
fn the_rest_is_not_written_again_in_any_spelling() {
    check("const x = ‹cursor›;", "price * amount;", "price * amount");
    check("if (‹cursor› == null) {", "name == null) {", "name");
    check("if (‹cursor› == null) {", "name==null", "name");
    check("multiply(‹cursor›, height)", "width, height)", "width");
    check("multiply(‹cursor›, height)", "width, depth", "width, depth");
    check("[(x * f, ‹cursor›) for x, y in p]", "y * f) for x", "y * f");
    check("<li>‹cursor›</li>", "Pears</li>", "Pears");
    check("read(‹cursor›).unwrap();", "path).unwrap();", "path");
    check("x = ‹cursor›,", "1,", "1");
    check("f(‹cursor› or 'a')", "x or \"a\")", "x");
    check("if x‹cursor›:", " > 1:\n", " > 1");
    check("for (size_t i = 0; i < ‹cursor›; ++i) {", "n; ++i) {", "n");
}

#[test]
fn a_completion_goes_on_where_the_rest_does_not_begin() {
    check("f(‹cursor›, z)", "x, y", "x, y");
    check("x = ‹cursor›,", "f(a, b)", "f(a, b)");
    check("x = ‹cursor› + name", "names", "names");
    check("print(‹cursor›)", "a(), b()", "a(), b()");
}

#[test]
fn a_line_break_ends_it() {
    check("x = ‹cursor›;", "1\ny = 2;", "1");
    check("x = ‹cursor›;", "\n  foo", "");
}

#[test]
fn a_word_ends_where_its_rest_begins() {
    check("orders = []\nfor o in ord‹cursor›ers:", "ers:", "");
    check("orders = []\nfor o in ord‹cursor›ers:", "inal", "");
    check("x = un‹cursor›ed()", "finish", "finish");
    check("x = un‹cursor›ed()", "finished()", "finish");
}

#[test]
fn a_snippet_that_begins_inside_a_long_string_is_code_at_the_cursor() {
    check("Ends here.\n\"\"\"\nx = [‹cursor›],\n", "f(a, b=\"c\"", "f(a, b=\"c\")");
}

#[test]
fn lifetimes_are_no_strings() {
    check_in(Language::Rust, "fn f(‹cursor›) -> u8 {", "x: &'a str) -> u8 {", "x: &'a str");
    check_in(Language::Rust, "if c == ‹cursor› {", "'{' {", "'{'");
}

#[test]
fn a_blank_rest_is_none() {
    for suffix in ["", "\n", "  \nfoo", "\r\n"] {
        let rest = RestOfLine::of("x = ", suffix, Language::Unknown);
        assert!(rest.is_none(), "{suffix:?}");
    }
}
