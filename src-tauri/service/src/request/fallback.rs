//! [`Fallback`]: the answer when no model has one. It copies from the snippet itself, or closes
//! its brackets.
//!
//! The copy completer finds the longest run of tokens before the cursor that occurs earlier in the
//! snippet, and proposes how that line went on (prompt lookup, as a completion of its own). It is
//! worth little and costs microseconds; it never runs a model.

use std::ops::Range;

use pounce_engine::nesting::{Nesting, Open, is_name};
use pounce_engine::{Prompt, Segments};
use pounce_fitting::Place;

use super::completion::{Completion, CompletionSource};
use super::fitted::fitted;

/// Fewer matching tokens than this occur by chance.
const MIN_MATCH: usize = 3;
/// More than this make no difference.
const MAX_MATCH: usize = 24;
/// Tokens looked back over: about 400 lines.
const MAX_TOKENS: usize = 4_000;

/// A completion without a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// What to insert; never empty.
    pub text: String,
    /// [`CompletionSource::Copy`] or [`CompletionSource::Brackets`].
    pub source: CompletionSource,
}

/// The best answer without a model for the rest of the cursor's line; `None` if there is none.
pub fn fallback(prompt: &Prompt) -> Option<Fallback> {
    let segments = &prompt.segments;
    if segments.is_blank() {
        return None;
    }
    let copied = copy(segments).map(|text| Fallback { text, source: CompletionSource::Copy });
    let closed =
        || close_brackets(prompt).map(|text| Fallback { text, source: CompletionSource::Brackets });
    copied.or_else(closed)
}

/// The fallback that fits the prompt's place, or an answer without text that says why none does.
pub(crate) fn fitted_fallback(prompt: &Prompt) -> Completion {
    let Some(Fallback { text, source }) = fallback(prompt) else {
        return Completion::empty(vec![]);
    };
    let answer = Completion { text, source, ..Completion::empty(vec![]) };
    fitted(answer, prompt).unwrap_or_else(|reason| Completion::empty(vec![reason]))
}

/// How an earlier place went on that looks like the cursor's.
fn copy(segments: &Segments) -> Option<String> {
    let prefix = segments.prefix.as_str();
    let tokens = last_tokens(prefix);
    let texts: Vec<&str> = tokens.iter().map(|range| &prefix[range.clone()]).collect();
    let n_tokens = texts.len();
    let matched = |end: usize| -> usize {
        let pairs = texts[..end].iter().rev().zip(texts.iter().rev());
        pairs.take(MAX_MATCH).take_while(|(earlier, last)| earlier == last).count()
    };
    // Of equally long matches the latest is the best: nearby code is the most alike.
    let (_, end) = (1..n_tokens)
        .map(|end| (matched(end), end))
        .filter(|(length, _)| *length >= MIN_MATCH)
        .max()?;
    let line = prefix[tokens[end - 1].end..].lines().next()?.trim_end();
    let line = if prefix.ends_with([' ', '\t']) { line.trim_start() } else { line };
    let rest_of_line = segments.suffix.lines().next().unwrap_or_default();
    let text = line.strip_suffix(rest_of_line.trim_end()).unwrap_or(line);
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// Byte ranges of the last tokens: names, numbers and single signs. White space within a line
/// counts for nothing; a newline with the indentation after it is a token.
fn last_tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let belongs: fn(char) -> bool = match c {
            '\n' => char::is_whitespace,
            c if is_name(c) => is_name,
            c if c.is_whitespace() => continue,
            _ => |_| false,
        };
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = chars.next_if(|(_, next)| belongs(*next)) {
            end = at + next.len_utf8();
        }
        tokens.push(start..end);
    }
    let n_dropped = tokens.len().saturating_sub(MAX_TOKENS);
    tokens.split_off(n_dropped)
}

/// The closing brackets that the cursor's line lacks, if it stands after something that can be
/// closed on, and if the suffix does not close them already.
fn close_brackets(prompt: &Prompt) -> Option<String> {
    let place = Place::from(prompt);
    let line = place.line_before().trim_end();
    let is_closable =
        line.ends_with(|c: char| is_name(c) || matches!(c, ')' | ']' | '}' | '"' | '\'' | '('));
    let nesting = Nesting::after(line, prompt.language);
    if !is_closable || !place.rest_of_line().is_empty() || nesting.is_in_text() {
        return None;
    }
    // A brace may have been opened for lines to come.
    let closers = nesting.open().iter().rev().map_while(|open| match open {
        Open::Bracket(closer @ (')' | ']')) => Some(closer),
        _ => None,
    });
    Some(closers.collect::<String>()).filter(|closers| !closers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(prefix: &str, suffix: &str, expected: Option<(&str, CompletionSource)>) {
        let segments = Segments { prefix: prefix.to_owned(), suffix: suffix.to_owned() };
        let found = fallback(&Prompt { segments, ..Prompt::default() });
        let found = found.as_ref().map(|answer| (answer.text.as_str(), answer.source.clone()));
        assert_eq!(found, expected, "after {prefix:?}, before {suffix:?}");
    }

    #[test]
    fn a_line_that_begins_like_an_earlier_one_goes_on_like_it() {
        use CompletionSource::Copy;
        check("self.name = name\nself.age = age\nself.name = ", "", Some(("name", Copy)));
        check("log.info(\"start\")\nrun()\nlog.info(", "", Some(("\"start\")", Copy)));
        check("case A:\n    return f(a)\ncase A:\n    return ", "", Some(("f(a)", Copy)));
    }

    #[test]
    fn of_equal_matches_the_latest_is_taken() {
        check("a.b.c = 1\na.b.c = 2\na.b.c =", "", Some((" 2", CompletionSource::Copy)));
    }

    #[test]
    fn what_follows_the_cursor_is_not_repeated() {
        check("f(a, b);\nf(a, ", "b);", None);
        check("foo(a, b);\nfoo(a, ", ");", Some(("b", CompletionSource::Copy)));
    }

    #[test]
    fn open_brackets_are_closed_where_nothing_can_be_copied() {
        use CompletionSource::Brackets;
        check("print(str(x", "", Some(("))", Brackets)));
        check("print([x", "", Some(("])", Brackets)));
        check("print(x", ")", None);
        check("print(\"x", "", None);
        check("print(x +", "", None);
        check("print(x)", "", None);
        check("run({ name: f(x", "", Some((")", Brackets)));
    }

    #[test]
    fn without_anything_to_copy_or_close_there_is_no_answer() {
        check("", "", None);
        check("  \n", "x", None);
        check("x = ", "", None);
    }

    proptest! {
        #[test]
        fn it_answers_within_one_line_or_not_at_all(prefix in "[a-c(){}=. \n\"é]{0,200}", suffix in "[a-c()\n]{0,10}") {
            let prompt = Prompt { segments: Segments { prefix, suffix }, ..Prompt::default() };
            if let Some(answer) = fallback(&prompt) {
                prop_assert!(!answer.text.trim().is_empty(), "an empty answer is no answer");
                prop_assert!(!answer.text.contains('\n'), "the rest of a line");
            }
        }
    }
}
