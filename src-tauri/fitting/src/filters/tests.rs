use pounce_engine::{Language, Mode};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// A golden case of a filter: what it makes of a completion.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The code around the cursor, which is marked by `‹cursor›`; the end of the text without.
    text: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    mode: String,
    /// What the model wrote.
    completion: String,
    /// What the filter leaves; nothing if it rejects the completion.
    fitted: Option<String>,
    #[serde(default)]
    finish: String,
}

impl Case {
    fn language(&self) -> Language {
        if self.language.is_empty() {
            Language::Python
        } else {
            self.language.parse().expect("a case names a language that there is")
        }
    }

    fn mode(&self) -> Mode {
        if self.mode == "block" { Mode::Block } else { Mode::Line }
    }

    fn finish(&self) -> FinishReason {
        if self.finish == "repetition" { FinishReason::Repetition } else { FinishReason::Stop }
    }

    fn check(&self, filter: &Filter) {
        let (prefix, suffix) = self.text.split_once("‹cursor›").unwrap_or((&self.text, ""));
        let place = Place { prefix, suffix, language: self.language(), mode: self.mode() };
        let fitted = apply(filter, &place, &self.completion, self.finish());
        assert_eq!(fitted, self.fitted, "{}: {self:#?}", filter.name);
        if let Some(text) = fitted.filter(|_| self.finish().eq(&FinishReason::Stop)) {
            let again = apply(filter, &place, &text, self.finish());
            assert_eq!(again.as_deref(), Some(text.as_str()), "{} twice: {self:#?}", filter.name);
        }
    }
}

/// What one filter leaves of a completion.
fn apply(filter: &Filter, place: &Place<'_>, text: &str, finish: FinishReason) -> Option<String> {
    match (filter.check)(&Draft { place, text, finish }) {
        Verdict::Keep => Some(text.to_owned()),
        Verdict::Repair(text) if text.trim().is_empty() => None,
        Verdict::Repair(text) => Some(text),
        Verdict::Reject(_) | Verdict::Complete(_) => None,
    }
}

macro_rules! golden {
    ($($module:ident)*) => {
        $(
            #[test]
            fn $module() {
                let cases = include_str!(concat!("cases/", stringify!($module), ".jsonl"));
                for (idx, line) in cases.lines().enumerate() {
                    let case: Case = serde_json::from_str(line)
                        .unwrap_or_else(|error| panic!("line {}: {error}", idx + 1));
                    case.check(&super::$module::FILTER);
                }
            }
        )*
    };
}

golden! {
    block_closer characters chatter code_below complete_line dedent endless_row half_name
    indentation line_above next_line rest_of_line scope syntax_errors trailing_blanks
    written_twice
}

#[test]
fn names_are_stable_and_unique() {
    let mut names: Vec<&str> = FILTERS.iter().map(|filter| filter.name).collect();
    assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FILTERS.len());
}

#[test]
fn a_rejection_says_which_filter_and_why() {
    let place = Place {
        prefix: "x = 1",
        suffix: "\ny = x\n",
        language: Language::Python,
        mode: Mode::Line,
    };
    let fitted = fit(&place, "\ny = x", FinishReason::Stop);
    let rejection = fitted.rejected.expect("the line stands below");
    assert_eq!((rejection.filter, rejection.is_complete), ("code-below", true));
    assert_eq!(fitted.text, "");
}

/// Code-like text: what trips filters up more often than any characters do.
fn code() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("foo"),
        Just("bar_1"),
        Just("x"),
        Just(" "),
        Just("    "),
        Just("\n"),
        Just("\t"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("{"),
        Just("}"),
        Just("\""),
        Just("'"),
        Just("`"),
        Just(","),
        Just(";"),
        Just(":"),
        Just(" = "),
        Just("."),
        Just("def f(a):"),
        Just("import os\n"),
        Just("</div>"),
        Just("<|end|>"),
        Just("```"),
        Just("é"),
        Just("#"),
        Just("//"),
        Just("1"),
        Just("return "),
        Just("\\"),
        Just("${"),
        Just("<think>"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn check_all(prefix: &str, suffix: &str, completion: &str, language: Language, mode: Mode) {
    let place = Place { prefix, suffix, language, mode };
    for filter in FILTERS {
        if let Some(text) = apply(filter, &place, completion, FinishReason::Stop) {
            let again = apply(filter, &place, &text, FinishReason::Stop);
            assert_eq!(
                again.as_deref(),
                Some(text.as_str()),
                "{} twice: {prefix:?} ‹{completion:?}› {suffix:?}",
                filter.name
            );
        }
    }
    fit(&place, completion, FinishReason::Stop);
}

proptest! {
    #[test]
    fn filters_are_idempotent_and_never_panic(
        prefix in code(),
        suffix in code(),
        completion in code(),
        language in 0..Language::ALL.len(),
        mode in prop_oneof![Just(Mode::Line), Just(Mode::Block), Just(Mode::Free)],
    ) {
        check_all(&prefix, &suffix, &completion, Language::ALL[language], mode);
    }

    #[test]
    fn any_text_passes_without_a_panic(prefix: String, suffix: String, completion: String) {
        check_all(&prefix, &suffix, &completion, Language::Python, Mode::Block);
    }
}

#[test]
fn a_block_that_is_empty_is_not_complete() {
    let check = |prefix, suffix, is_complete| {
        let place = Place { prefix, suffix, language: Language::Python, mode: Mode::Block };
        let fitted = fit(&place, "    return result", FinishReason::Stop);
        let rejection = fitted.rejected.expect("it stands below");
        assert_eq!(rejection.is_complete, is_complete, "after {prefix:?}: {rejection:?}");
    };
    check("def f(result):\n", "\n    return result\n", false);
    check("def f(result):\n    x = 1\n", "\n    return result\n", true);
}
