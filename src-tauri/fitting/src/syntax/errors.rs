//! Counts the errors of a text's syntax tree.

use pounce_engine::Language;

use super::closing::closed;
use super::grammar::Grammar;
use super::parse::parse;

/// Whether `text`, with its open brackets closed, has no error; `None` where there is no grammar
/// for the language, or the parse took too long.
pub fn parses(text: &str, language: Language) -> Option<bool> {
    let tree = parse(&closed(text, language), Grammar::of(language, text)?)?;
    Some(!tree.root_node().has_error())
}

/// How many errors `text` has, with its open brackets closed: pieces that fit nowhere, and tokens
/// that are missing, but for semicolons, without which a last statement may be. `None` where there is no grammar, or the parse took too long.
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
}
