//! Counts the errors of a text's syntax tree.

use pounce_engine::Language;

use super::closing::closed;
use super::grammar::Grammar;
use super::parse::parse;

/// Whether `text`, with its open brackets closed, has no error; `None` where there is no grammar
/// for the language, or the parse took too long. The body of a block that the last line opens may
/// be missing.
///
/// ```
/// # use pounce_engine::Language;
/// # use pounce_fitting::syntax::parses;
/// assert_eq!(parses("fn f() {\n    g(1);", Language::Rust), Some(true));
/// assert_eq!(parses("fn f() {\n    g(1];", Language::Rust), Some(false));
/// ```
pub fn parses(text: &str, language: Language) -> Option<bool> {
    let tree = parse(&closed(text, language), Grammar::of(language, text)?)?;
    Some(!tree.root_node().has_error())
}

/// How many errors `text` has, with its open brackets closed: pieces that fit nowhere, and tokens
/// that are missing, but for semicolons, without which a last statement may be. `None` where there
/// is no grammar, or the parse took too long.
pub fn n_errors(text: &str, language: Language) -> Option<usize> {
    let tree = parse(&closed(text, language), Grammar::of(language, text)?)?;
    let mut cursor = tree.walk();
    let mut n_errors = 0;
    // Without recursion: hostile nesting must not end the thread.
    loop {
        let node = cursor.node();
        let is_missing = node.is_missing() && node.kind() != ";";
        n_errors += usize::from(node.is_error() || is_missing);
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(n_errors);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_code_has_no_errors() {
        assert_eq!(n_errors("def f(a):\n    return g(a", Language::Python), Some(0));
        assert_eq!(n_errors("if x:", Language::Python), Some(0));
        assert_eq!(parses("fn f() { g([1, ", Language::Rust), Some(true));
        assert_eq!(n_errors("fn f() { let a = [1, 2", Language::Rust), Some(0));
    }

    #[test]
    fn errors_are_counted() {
        assert_eq!(n_errors("def f(a):\n    return )\n", Language::Python), Some(1));
        assert_eq!(parses("fn f() { let = ; }", Language::Rust), Some(false));
        assert_eq!(n_errors("x", Language::Ruby), None, "there is no grammar");
    }

    #[test]
    fn markup_in_typescript_is_no_error() {
        let text = "const a = () => <b className=\"c\">{d}</b>;";
        assert_eq!(parses(text, Language::TypeScript), Some(true));
    }

    #[test]
    fn hostile_text_is_given_up() {
        let text = "-&".repeat(2_000);
        assert_eq!(n_errors(&text, Language::JavaScript), None);
    }

    #[test]
    fn unfinished_code_parses_and_wrong_code_does_not() {
        let check = |text: &str, language: Language, expected: Option<bool>| {
            assert_eq!(parses(text, language), expected, "{language:?}: {text:?}");
        };
        check("def f(a):\n    return a", Language::Python, Some(true));
        check("def f(a):\n    if a:", Language::Python, Some(true));
        check("def f(a):\n    return a +", Language::Python, Some(false));
        check("def f(a):\n    return a b", Language::Python, Some(false));
        check("const f = (a) => {\n  return a.map((b) => {", Language::JavaScript, Some(true));
        check("package p\n\nfunc f() error {\n\tif err != nil {", Language::Go, Some(true));
        check("int f(void) {\n    int a = ;", Language::C, Some(false));
        check("int f(void) {\n    return 1", Language::C, Some(false));
        check("int f(void) {\n    for (;;)", Language::C, Some(true));
        check("struct A {\n    int b;", Language::Cpp, Some(true));
        check("let x =", Language::Unknown, None);
    }
}
