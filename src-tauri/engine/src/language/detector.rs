//! Detects the language of a snippet by the words in it.
//!
//! Every cue in the [table of languages](super::languages) that occurs in the code gives its
//! languages points, and the language with the most wins. One pass of a multi-pattern automaton
//! finds them all: well under 2 ms for a megabyte on the clipboard (`benches/snippet.rs`). The code
//! is not parsed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::languages::Language;

/// Only this many bytes before the cursor are read: a few screens of code.
const MAX_BYTES: usize = 8 * 1024;
/// A cue counts at most this often, so that one frequent word does not decide.
const MAX_OCCURRENCES: u16 = 4;
/// With fewer points the language is unknown.
const MIN_SCORE: u16 = 2;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::new);

/// Finds cues and knows their points.
struct Detector {
    automaton: AhoCorasick,
    /// By the automaton's pattern: the languages that the cue speaks for, with the points for each.
    points: Vec<Vec<(Language, u16)>>,
}

impl Language {
    /// Guesses the language of `code`. Returns [`Language::Unknown`] if nothing in it speaks for
    /// one.
    ///
    /// ```
    /// # use pounce_engine::Language;
    /// assert_eq!(Language::detect("fn main() {\n    let mut x = "), Language::Rust);
    /// assert_eq!(Language::detect("hello"), Language::Unknown);
    /// ```
    pub fn detect(code: &str) -> Self {
        let scores = DETECTOR.scores(&normalized(tail(code)));
        let scored = Self::ALL.iter().zip(scores);
        // Of equal scores the first language's counts.
        let best = scored.max_by_key(|(language, score)| (*score, Reverse(**language)));
        best.filter(|(_, score)| *score >= MIN_SCORE)
            .map_or(Self::Unknown, |(language, _)| *language)
    }
}

impl Detector {
    fn new() -> Self {
        let mut points: BTreeMap<&str, Vec<(Language, u16)>> = BTreeMap::new();
        for language in Language::ALL {
            for (score, cues) in language.profile().into_iter().flat_map(|profile| profile.cues) {
                for cue in *cues {
                    points.entry(cue).or_default().push((*language, *score));
                }
            }
        }
        let automaton = AhoCorasick::new(points.keys()).expect("the cues are few and short");
        Self { automaton, points: points.into_values().collect() }
    }

    /// The points of every language, in the order of [`Language::ALL`].
    fn scores(&self, code: &str) -> Vec<u16> {
        let mut occurrences = vec![0; self.points.len()];
        let mut scores = vec![0; Language::ALL.len()];
        for found in self.automaton.find_overlapping_iter(code) {
            let cue = found.pattern().as_usize();
            occurrences[cue] += 1;
            if occurrences[cue] <= MAX_OCCURRENCES {
                for (language, points) in &self.points[cue] {
                    scores[*language as usize] += points;
                }
            }
        }
        scores
    }
}

/// The last [`MAX_BYTES`] of `code`, from the start of a character.
fn tail(code: &str) -> &str {
    &code[code.ceil_char_boundary(code.len().saturating_sub(MAX_BYTES))..]
}

/// `code` without indentation and with a newline at both ends, so that cues for the start and the
/// end of a line match everywhere.
fn normalized(code: &str) -> String {
    let lines = code.lines().map(|line| [line.trim_start(), "\n"]);
    ["\n"].into_iter().chain(lines.flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::*;

    #[test]
    fn detects_the_language_of_short_snippets() {
        let check = |code: &str, expected: Language| {
            assert_eq!(
                Language::detect(code),
                expected,
                "{code:?} scored {:?}",
                DETECTOR.scores(&normalized(code))
            );
        };
        check("def fibonacci(n):\n    if n < 2:\n        return ", Python);
        check("for i in range(10):\n    print(i", Python);
        check("pub fn count(text: &str) -> usize {\n    text.", Rust);
        check("const add = (a, b) => {\n  return ", JavaScript);
        check("const fs = require('fs');\n", JavaScript);
        check("export function add(a: number, b: number): number {\n  return ", TypeScript);
        check("func main() {\n\tx, err := os.Open(name)\n\tif err != nil {\n\t\t", Go);
        check("#include <stdio.h>\n\nint main(void) {\n    printf(", C);
        check("std::vector<int> sorted(std::vector<int> values) {\n  ", Cpp);
        check(
            "public class Main {\n    public static void main(String[] args) {\n        System.out.",
            Java,
        );
        check("if [ -z \"$1\" ]; then\n  echo ", Shell);
        check("SELECT name FROM users WHERE ", Sql);
        check("fun main() {\n    val x = listOf(1)\n", Kotlin);
        check("the quick brown fox", Unknown);
        check("", Unknown);
    }

    #[test]
    fn only_the_end_of_a_long_text_is_read_and_no_character_is_split() {
        let long = "é".repeat(MAX_BYTES) + "\nfn main() { let mut x = ";
        assert_eq!(Language::detect(&long), Rust, "only the last bytes are read");
    }

    #[test]
    fn no_language_has_a_cue_twice() {
        for language in Language::ALL {
            let cues = language.profile().unwrap().cues.iter().flat_map(|(_, cues)| *cues);
            let mut cues: Vec<_> = cues.collect();
            let n_cues = cues.len();
            cues.sort_unstable();
            cues.dedup();
            assert_eq!(cues.len(), n_cues, "a cue of {language} would count twice");
        }
    }
}
