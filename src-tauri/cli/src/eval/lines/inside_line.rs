//! [`InsideLine`]: what goes wrong where code follows the cursor on its own line.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

static STRING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#""(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'"#).expect("the pattern is right")
});

/// Counts of the cases whose cursor stands inside a line.
#[derive(Debug, Default)]
pub(super) struct InsideLine {
    n: usize,
    n_exact: usize,
    n_balanced: usize,
    n_repeating: usize,
}

/// Shares of those cases.
#[derive(Debug, Serialize)]
pub(super) struct InsideLineShares {
    pub(super) cases: usize,
    /// The completion is the target but for white space around it.
    pub(super) exact_match: f64,
    /// It opens and closes as many brackets as the target does.
    pub(super) balanced: f64,
    /// It ends with the beginning of the code after the cursor, and the target does not.
    pub(super) repeats: f64,
}

impl InsideLine {
    /// Adds a completion before `rest`, the code after the cursor on its line.
    pub(super) fn judge(&mut self, completion: &str, target: &str, rest: &str) {
        self.n += 1;
        self.n_exact += usize::from(completion.trim() == target.trim());
        self.n_balanced += usize::from(balance(completion) == balance(target));
        let repeats = ends_with_beginning(completion, rest) && !ends_with_beginning(target, rest);
        self.n_repeating += usize::from(repeats);
    }

    /// The shares; `None` if there was no such case.
    pub(super) fn shares(&self) -> Option<InsideLineShares> {
        let share = |n: usize| n as f64 / self.n as f64;
        (self.n > 0).then(|| InsideLineShares {
            cases: self.n,
            exact_match: share(self.n_exact),
            balanced: share(self.n_balanced),
            repeats: share(self.n_repeating),
        })
    }
}

/// How many more brackets of each kind `text` opens than it closes, outside of strings.
fn balance(text: &str) -> [isize; 3] {
    let code = STRING.replace_all(text, "\"\"");
    let count = |bracket: char| code.matches(bracket).count() as isize;
    [('(', ')'), ('[', ']'), ('{', '}')].map(|(open, close)| count(open) - count(close))
}

/// Whether `text` ends with a beginning of `rest` that is not blank.
fn ends_with_beginning(text: &str, rest: &str) -> bool {
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    let mut beginnings = ends.map(|end| rest[..end].trim_end());
    beginnings.any(|beginning| !beginning.is_empty() && text.trim_end().ends_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_is_judged_by_target_and_rest() {
        let check = |completion: &str, expected: [f64; 3]| {
            let mut found = InsideLine::default();
            found.judge(completion, "name, ':('", ");");
            let InsideLineShares { exact_match, balanced, repeats, .. } = found.shares().unwrap();
            assert_eq!([exact_match, balanced, repeats], expected, "{completion:?}");
        };
        check("name, ':(' ", [1.0, 1.0, 0.0]);
        check("name)", [0.0, 0.0, 1.0]);
        check("name);", [0.0, 0.0, 1.0]);
        check("f(name", [0.0, 0.0, 0.0]);
        check("other", [0.0, 1.0, 0.0]);
        assert!(InsideLine::default().shares().is_none(), "no case, no share");
    }

    #[test]
    fn what_the_target_ends_with_is_no_repetition() {
        let mut found = InsideLine::default();
        found.judge("f(a)", "f(b)", ")");
        assert_eq!(found.shares().unwrap().repeats, 0.0);
    }
}
