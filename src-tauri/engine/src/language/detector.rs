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
        if let Some(language) = of_shebang(code).or_else(|| of_beginning(code)) {
            return language;
        }
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

/// The language of the interpreter that a script's first line names.
fn of_shebang(code: &str) -> Option<Language> {
    let mut words = code.strip_prefix("#!")?.lines().next()?.split_whitespace();
    let program = words.next()?.rsplit('/').next()?;
    let is_env = program == "env";
    let program = if is_env { words.find(|word| !word.starts_with('-'))? } else { program };
    let name = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Language::from_name(name)
}

/// JSON, if `code` begins as it does: with a brace or bracket, and a string or another one in it.
/// Its other signs are those of objects in many languages.
fn of_beginning(code: &str) -> Option<Language> {
    let inside = code.trim_start().strip_prefix(['{', '['])?.trim_start();
    let is_json = inside.starts_with(['"', '{', '[']) && code.contains("\":");
    is_json.then_some(Language::Json)
}

/// The last [`MAX_BYTES`] of `code`, from the start of a character.
fn tail(code: &str) -> &str {
    &code[code.ceil_char_boundary(code.len().saturating_sub(MAX_BYTES))..]
}

/// `code` without indentation and with a newline at both ends, so that cues for the start and the
/// end of a line match everywhere. A tab on a line of its own precedes a recipe of a makefile.
fn normalized(code: &str) -> String {
    let mut text = "\n".to_owned();
    let mut previous = "";
    for line in code.lines() {
        if line.starts_with('\t') && is_target(previous) {
            text.push_str("\t\n");
        }
        text.extend([line.trim_start(), "\n"]);
        previous = line;
    }
    text
}

/// Whether `line` could be a target of a makefile: a name and a colon at the left margin.
fn is_target(line: &str) -> bool {
    const KEYWORDS: [&str; 7] =
        ["else", "try", "finally", "default", "public", "private", "protected"];
    let Some((name, after)) = line.split_once(':') else { return false };
    let is_name = |c: char| c.is_alphanumeric() || "_-./%$()".contains(c);
    let is_named = !name.is_empty() && name.chars().all(is_name) && !KEYWORDS.contains(&name);
    is_named && (after.is_empty() || after.starts_with(' ')) && !after.trim_start().starts_with('=')
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
        check("build:\n\tgo build ./...\n\ntest:\n", Makefile);
        check("CC := gcc\n\nall: main.o\n\t$(CC) -o ", Makefile);
        check("FROM node:20-alpine\nWORKDIR /srv\nRUN npm ", Dockerfile);
        check("main:\n    push rbp\n    mov rbp, rsp\nloop:\n    ", Assembly);
        check("main:\n\tpushq %rbp\n\tmovq %rsp, %rbp\n\t", Assembly);
        check("select id, title\nfrom posts\nwhere published = true\norder by ", Sql);
        check("{\n  \"name\": \"basket\",\n  \"scripts\": {\n    \"test\": \"", Json);
        check("prices = {\n    \"apple\": 1,\n    \"pear\": ", Unknown);
        check("<?php\nfunction add($a, $b) {\n    return ", Php);
        check("class Basket\n  attr_reader :items\n\n  def total\n    ", Ruby);
        check("using System;\n\nnamespace Shop {\n    public class ", CSharp);
        check("local function add(a, b)\n  return ", Lua);
        check("\\documentclass{article}\n\\begin{document}\n", Latex);
        check("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n", Diff);
        check("main :: IO ()\nmain = do\n  putStrLn ", Haskell);
        check("name: CI\non:\n  push:\n    branches: [main]\njobs:\n  build:\n    ", Yaml);
        check("a:hover {\n  text-decoration: ", Css);
        check("use strict;\nmy $name = shift;\n", Perl);
        check("resource \"aws_instance\" \"web\" {\n  ami = ", Hcl);
        check("values <- c(1, 2)\nmean(", R);
        check("defmodule Shop do\n  def total(items) do\n    ", Elixir);
        check("try:\n\timport json\nexcept ImportError:\n\t", Python);
        check("#!/usr/bin/env -S python3.12 -u\nx = ", Python);
        check("#!/bin/sh\nx=", Shell);
        check("#!/usr/bin/make -f\n", Makefile);
        check("Dear Ann,\n\nthank you for the ", Unknown);
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
