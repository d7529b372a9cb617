//! [`analyze`]: measures of a snippet, by which the router chooses a model.
//!
//! Where a grammar of the language is at hand, a parser counts; elsewhere brackets,
//! indentation and words do. Only the last lines before the cursor are looked at, so
//! that the time is bounded.

use pounce_engine::Language;
use pounce_fitting::syntax::outline;

use super::lexical;
use super::score::Complexity;

/// Only this many bytes before the cursor are analyzed: about 200 long lines.
const MAX_ANALYZED_BYTES: usize = 10_000;

/// Measures `prefix`, the code before the cursor.
///
/// ```
/// # use pounce_engine::Language;
/// # use pounce_service::analyze;
/// let simple = analyze("x = 1\n", Language::Python);
/// let nested = analyze("for a in b:\n    if a:\n        while c(a):\n            d = ", Language::Python);
/// assert!(nested.score() > simple.score());
/// ```
pub fn analyze(prefix: &str, language: Language) -> Complexity {
    let text = tail(prefix);
    let outline = outline(text, language).map(Complexity::from);
    let counted = outline.unwrap_or_else(|| lexical::count(text));
    Complexity { n_lines: text.lines().filter(|line| !line.trim().is_empty()).count(), ..counted }
}

/// The end of `prefix`, from the start of a line.
fn tail(prefix: &str) -> &str {
    let start = prefix.ceil_char_boundary(prefix.len().saturating_sub(MAX_ANALYZED_BYTES));
    let tail = &prefix[start..];
    if start == 0 { tail } else { tail.split_once('\n').map_or(tail, |(_, lines)| lines) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTHON: &str = "\
import os

def walk(root, depth):
    found = []
    for name in os.listdir(root):
        path = os.path.join(root, name)
        if os.path.isdir(path) and depth > 0:
            try:
                found.extend(walk(path, depth - 1))
            except OSError:
                ";
    const RUST: &str = "\
fn sum(values: &[i64]) -> i64 {
    let mut total = 0;
    for value in values {
        match value.signum() {
            1 => total += value,
            _ => ";

    #[test]
    fn known_languages_are_parsed_and_others_counted() {
        let check =
            |language: Language, text: &str, is_parsed: bool, branches: usize, nesting: usize| {
                let found = analyze(text, language);
                assert_eq!(found.is_parsed, is_parsed, "{language:?} has a grammar: {is_parsed}");
                assert!(
                    found.n_branches >= branches,
                    "{language:?}: {found:?} should have {branches} branches"
                );
                assert!(
                    found.max_nesting >= nesting,
                    "{language:?}: {found:?} should be nested {nesting} deep"
                );
            };
        check(Language::Python, PYTHON, true, 3, 3);
        check(Language::Rust, RUST, true, 2, 2);
        check(Language::Unknown, PYTHON, false, 3, 3);
        check(Language::Unknown, RUST, false, 2, 2);
    }

    #[test]
    fn every_grammar_counts_a_branch() {
        let check = |language: Language, text: &str| {
            let found = analyze(text, language);
            assert!(found.is_parsed, "{language:?} has a grammar");
            assert!(found.n_branches >= 1 && found.n_identifiers >= 2, "{language:?}: {found:?}");
        };
        check(Language::JavaScript, "function f(a) { if (a) { return b(a); } }");
        check(Language::TypeScript, "function f(a: number) { if (a) { return b(a); } }");
        check(Language::Go, "package p\nfunc f(a int) int { if a > 0 { return b(a) } }");
        check(Language::C, "int f(int a) { if (a) { return b(a); } }");
        check(Language::Cpp, "int f(int a) { for (auto x : a) { b(x); } }");
        check(Language::Java, "class A { int f(int a) { if (a > 0) { return b(a); } } }");
        check(Language::Shell, "for f in $names; do echo $f $other; done");
    }

    #[test]
    fn harder_code_scores_higher() {
        let scores = ["", "x = 1\n", "def f(a):\n    return ", PYTHON]
            .map(|text| analyze(text, Language::Python).score());
        assert!(
            scores.is_sorted_by(|a, b| a < b),
            "each is harder than the one before: {scores:?}"
        );
        let long = PYTHON.repeat(40);
        let score = analyze(&long, Language::Python).score();
        assert!((0.0..1.0).contains(&score), "the score is bounded, got {score}");
    }

    #[test]
    fn the_open_construct_is_measured_from_its_start() {
        let check = |text: &str, language: Language, open: usize| {
            assert_eq!(analyze(text, language).n_open_lines, open, "{language:?}: {text:?}");
        };
        check("x = 1\n", Language::Unknown, 0);
        check("fn f() {\n    a();\n    b(", Language::Unknown, 3);
        check("def f():\n    a()\n    b", Language::Unknown, 3);
        check("f(a,\n  b,\n", Language::Unknown, 3);
    }

    #[test]
    fn only_the_end_of_a_long_text_counts() {
        let long = format!("{}\nx = 1\n", "if a:\n    b()\n".repeat(10_000));
        assert!(analyze(&long, Language::Unknown).n_lines < 2_000, "of 20,000 lines");
    }
}
