use proptest::prelude::*;

use super::*;

fn check(language: Language, text: &str, open: &[Open]) {
    assert_eq!(Nesting::after(text, language).open(), open, "{language}: {text:?}");
}

#[test]
fn brackets_are_closed_by_their_kind() {
    check(Language::Go, "f(a[0], b{", &[Open::Bracket(')'), Open::Bracket('}')]);
    check(Language::Go, "f(a[0)", &[]);
    check(Language::Go, "]f(", &[Open::Bracket(')')]);
}

#[test]
fn brackets_in_strings_and_comments_are_text() {
    check(Language::Python, "f('(', \"[\") # (", &[Open::LineComment]);
    check(Language::Python, "\"\"\"It's (", &[Open::Quote("\"\"\"")]);
    check(Language::C, "f('(') /* { */ // [\ng(", &[Open::Bracket(')')]);
    check(Language::Sql, "f( -- it's\n", &[Open::Bracket(')')]);
}

#[test]
fn an_apostrophe_or_a_lifetime_opens_no_string() {
    check(Language::Rust, "fn f<'a>(x: &'a str", &[Open::Bracket(')')]);
    check(Language::Rust, "f('(', '\\'', ", &[Open::Bracket(')')]);
    check(Language::Html, "<p>don't (", &[Open::Bracket(')')]);
    check(Language::Python, "f'a", &[Open::Quote("'")]);
}

#[test]
fn code_in_a_string_is_code() {
    let quote = Open::Quote("`");
    check(Language::JavaScript, "`a ${f('x', ", &[quote, Open::Bracket('}'), Open::Bracket(')')]);
    check(Language::JavaScript, "`a ${b} ", &[quote]);
}

#[test]
fn a_string_ends_with_its_line() {
    check(Language::Python, "x = 'a\nf(", &[Open::Bracket(')')]);
    check(Language::JavaScript, "x = `a\nf(", &[Open::Quote("`")]);
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in any::<String>(), idx in 0..Language::ALL.len()) {
        Nesting::after(&text, Language::ALL[idx]);
    }

    #[test]
    fn marks_are_read_to_their_end(text in "[\\[\\](){}'\"`#/*\\\\$<>!\n a-z-]{0,60}", idx in 0..Language::ALL.len()) {
        Nesting::after(&text, Language::ALL[idx]);
    }
}
