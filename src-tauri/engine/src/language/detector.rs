//! Guesses the language of a snippet by the words it uses.
//!
//! One pass over the text with a multi-pattern automaton; every cue that occurs votes for its
//! languages. It is meant for snippets on a clipboard: fast (well under 2 ms for a large one, see
//! `benches/snippet.rs`) and content to say [`Language::Unknown`]. It does not parse.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::language::Language::{self, *};

/// Only this many bytes before the cursor are looked at: a few screens of code.
const MAX_BYTES: usize = 8 * 1024;

/// A cue votes at most this often, so that one frequent word does not decide.
const MAX_VOTES: u16 = 4;

/// Below this many points nothing has been said.
const MIN_SCORE: u16 = 2;

type Votes = &'static [(Language, u16)];

/// What speaks for which language, and how strongly. `\n` before a cue means "at the start of a
/// line" (white space before it is skipped).
const CUES: &[(&str, Votes)] = &[
    // Python
    ("\ndef ", &[(Python, 3), (Ruby, 2)]),
    ("):\n", &[(Python, 3)]),
    (":\n", &[(Python, 1), (Yaml, 1)]),
    ("self.", &[(Python, 2), (Rust, 1), (Ruby, 1), (Swift, 1)]),
    ("(self", &[(Python, 3)]),
    (
        "\nimport ",
        &[
            (Python, 1),
            (Java, 1),
            (Kotlin, 1),
            (Go, 1),
            (TypeScript, 1),
            (JavaScript, 1),
            (Swift, 1),
        ],
    ),
    ("\nfrom ", &[(Python, 4)]),
    ("elif ", &[(Python, 4), (Shell, 2)]),
    ("None", &[(Python, 2), (Rust, 1)]),
    ("True", &[(Python, 2)]),
    ("False", &[(Python, 2)]),
    ("__", &[(Python, 1), (C, 1)]),
    ("\"\"\"", &[(Python, 3), (Kotlin, 1), (Swift, 1)]),
    (" in range(", &[(Python, 4)]),
    ("\nexcept", &[(Python, 4)]),
    ("\nraise ", &[(Python, 3), (Ruby, 1)]),
    ("\nwith ", &[(Python, 2)]),
    ("lambda ", &[(Python, 2)]),
    ("\nasync def ", &[(Python, 5)]),
    ("isinstance(", &[(Python, 4)]),
    (" not in ", &[(Python, 3)]),
    (" is not ", &[(Python, 3)]),
    ("\n# ", &[(Python, 1), (Shell, 1), (Yaml, 1), (Ruby, 1), (Toml, 1)]),
    ("print(", &[(Python, 1), (Swift, 1), (Kotlin, 1)]),
    // Rust
    ("fn ", &[(Rust, 3)]),
    ("\npub ", &[(Rust, 4)]),
    ("pub fn ", &[(Rust, 4)]),
    ("let mut ", &[(Rust, 5)]),
    ("impl ", &[(Rust, 3)]),
    ("impl<", &[(Rust, 4)]),
    ("&self", &[(Rust, 5)]),
    ("&mut ", &[(Rust, 4)]),
    ("&str", &[(Rust, 4)]),
    ("::", &[(Rust, 2), (Cpp, 2), (Php, 1), (Ruby, 1)]),
    ("\nuse ", &[(Rust, 3), (Php, 2)]),
    ("#[", &[(Rust, 4), (Php, 1)]),
    (".unwrap()", &[(Rust, 4)]),
    ("Some(", &[(Rust, 3)]),
    ("Ok(", &[(Rust, 4)]),
    ("Err(", &[(Rust, 4)]),
    ("\nmatch ", &[(Rust, 2)]),
    ("println!", &[(Rust, 5)]),
    ("format!", &[(Rust, 5)]),
    ("vec!", &[(Rust, 5)]),
    ("assert!", &[(Rust, 4)]),
    ("assert_eq!", &[(Rust, 4)]),
    ("\n///", &[(Rust, 3), (Swift, 2), (Cpp, 1), (CSharp, 2)]),
    ("\n//!", &[(Rust, 5)]),
    (" => ", &[(Rust, 1), (JavaScript, 2), (TypeScript, 2), (CSharp, 1), (Php, 1)]),
    (" -> ", &[(Rust, 2), (Python, 1), (Swift, 1), (Kotlin, 1), (Java, 1)]),
    ("usize", &[(Rust, 4)]),
    ("u32", &[(Rust, 2)]),
    ("u8", &[(Rust, 2)]),
    ("Vec<", &[(Rust, 4)]),
    ("Option<", &[(Rust, 4)]),
    ("Result<", &[(Rust, 3), (Swift, 1)]),
    ("crate::", &[(Rust, 5)]),
    ("'static", &[(Rust, 4)]),
    // JavaScript and TypeScript
    (
        "\nconst ",
        &[(JavaScript, 2), (TypeScript, 2), (Go, 1), (Rust, 1), (Cpp, 1), (C, 1), (Php, 1)],
    ),
    ("\nlet ", &[(JavaScript, 2), (TypeScript, 2), (Rust, 2), (Swift, 2)]),
    ("\nvar ", &[(JavaScript, 2), (Go, 2), (Swift, 2), (Kotlin, 1), (CSharp, 1)]),
    ("function ", &[(JavaScript, 3), (TypeScript, 2), (Php, 2), (Shell, 1)]),
    ("function(", &[(JavaScript, 4), (Php, 1)]),
    ("===", &[(JavaScript, 3), (TypeScript, 3), (Php, 1)]),
    ("!==", &[(JavaScript, 3), (TypeScript, 3), (Php, 1)]),
    ("console.", &[(JavaScript, 4), (TypeScript, 3)]),
    ("require(", &[(JavaScript, 5)]),
    ("module.exports", &[(JavaScript, 6)]),
    ("exports.", &[(JavaScript, 5)]),
    ("undefined", &[(JavaScript, 3), (TypeScript, 3)]),
    ("typeof ", &[(JavaScript, 3), (TypeScript, 2)]),
    ("this.", &[(JavaScript, 2), (TypeScript, 2), (Java, 2), (CSharp, 1), (Kotlin, 1)]),
    ("async ", &[(JavaScript, 1), (TypeScript, 1), (Rust, 1), (CSharp, 1), (Python, 1)]),
    ("await ", &[(JavaScript, 1), (TypeScript, 1), (CSharp, 1), (Python, 1)]),
    ("document.", &[(JavaScript, 3), (TypeScript, 2)]),
    ("${", &[(JavaScript, 2), (TypeScript, 2), (Shell, 2), (Kotlin, 1), (Php, 1)]),
    ("@param {", &[(JavaScript, 5)]),
    ("@returns {", &[(JavaScript, 5)]),
    ("null", &[(JavaScript, 1), (TypeScript, 1), (Java, 1), (CSharp, 1), (Kotlin, 1), (Php, 1)]),
    (" from '", &[(JavaScript, 3), (TypeScript, 4)]),
    (" from \"", &[(JavaScript, 3), (TypeScript, 4)]),
    ("\nexport ", &[(JavaScript, 2), (TypeScript, 3), (Shell, 1)]),
    ("\nexport default", &[(JavaScript, 2), (TypeScript, 2)]),
    ("interface ", &[(TypeScript, 3), (Java, 2), (Go, 1), (CSharp, 1), (Php, 1)]),
    ("\nexport interface ", &[(TypeScript, 6)]),
    ("\nexport type ", &[(TypeScript, 6)]),
    ("\ntype ", &[(TypeScript, 2), (Go, 2), (Rust, 1)]),
    (": string", &[(TypeScript, 6)]),
    (": number", &[(TypeScript, 6)]),
    (": boolean", &[(TypeScript, 6)]),
    (": any", &[(TypeScript, 6)]),
    (": void", &[(TypeScript, 6)]),
    (": unknown", &[(TypeScript, 6)]),
    ("): ", &[(TypeScript, 4), (Kotlin, 2), (Php, 1)]),
    ("?: ", &[(TypeScript, 4)]),
    (" as const", &[(TypeScript, 6)]),
    ("readonly ", &[(TypeScript, 5), (CSharp, 1)]),
    ("private ", &[(TypeScript, 2), (Java, 3), (CSharp, 3), (Kotlin, 2), (Swift, 1), (Php, 2)]),
    ("Record<", &[(TypeScript, 5)]),
    ("Promise<", &[(TypeScript, 5)]),
    ("import type ", &[(TypeScript, 8)]),
    ("implements ", &[(TypeScript, 2), (Java, 3), (Php, 1)]),
    // Go
    ("\nfunc ", &[(Go, 5), (Swift, 3)]),
    ("func(", &[(Go, 4)]),
    ("\nfunc (", &[(Go, 6)]),
    (":= ", &[(Go, 5)]),
    ("\npackage ", &[(Go, 3), (Java, 2), (Kotlin, 2)]),
    ("err != nil", &[(Go, 6)]),
    ("nil", &[(Go, 2), (Swift, 2), (Ruby, 2), (ObjectiveC, 1)]),
    ("fmt.", &[(Go, 4)]),
    ("\ndefer ", &[(Go, 4), (Swift, 1)]),
    ("chan ", &[(Go, 4)]),
    ("map[", &[(Go, 4)]),
    ("[]byte", &[(Go, 5)]),
    ("[]string", &[(Go, 5)]),
    ("interface{}", &[(Go, 5)]),
    (" struct {", &[(Go, 3), (Rust, 2), (C, 1), (Cpp, 1)]),
    ("error)", &[(Go, 2)]),
    (" error {", &[(Go, 5)]),
    ("\nimport (", &[(Go, 6)]),
    ("ctx context.", &[(Go, 6)]),
    // C and C++
    ("#include <", &[(C, 4), (Cpp, 4), (ObjectiveC, 1)]),
    ("#include \"", &[(C, 4), (Cpp, 3), (ObjectiveC, 1)]),
    ("\n#define ", &[(C, 4), (Cpp, 2)]),
    ("\n#if", &[(C, 3), (Cpp, 2), (CSharp, 1), (ObjectiveC, 1)]),
    ("\n#endif", &[(C, 3), (Cpp, 2), (ObjectiveC, 1)]),
    ("->", &[(C, 3), (Cpp, 2), (Php, 3)]),
    ("\nstatic ", &[(C, 3), (Cpp, 2), (Java, 1)]),
    ("struct ", &[(C, 2), (Cpp, 1), (Rust, 1), (Swift, 1), (Go, 1)]),
    ("void ", &[(C, 2), (Cpp, 2), (Java, 2), (CSharp, 2)]),
    ("void *", &[(C, 3), (Cpp, 1)]),
    ("char *", &[(C, 4), (Cpp, 1)]),
    ("const char", &[(C, 3), (Cpp, 3)]),
    ("int ", &[(C, 2), (Cpp, 2), (Java, 1), (CSharp, 1), (Go, 1)]),
    ("unsigned ", &[(C, 3), (Cpp, 2)]),
    ("size_t", &[(C, 3), (Cpp, 2)]),
    ("uint8_t", &[(C, 3), (Cpp, 2)]),
    ("uint32_t", &[(C, 3), (Cpp, 2)]),
    ("sizeof(", &[(C, 3), (Cpp, 2)]),
    ("NULL", &[(C, 3), (Cpp, 1)]),
    ("printf(", &[(C, 3), (Cpp, 1), (Php, 1)]),
    ("malloc(", &[(C, 4), (Cpp, 1)]),
    ("\ntypedef ", &[(C, 4), (Cpp, 2), (ObjectiveC, 1)]),
    ("\nreturn ", &[(C, 1), (Cpp, 1)]),
    ("std::", &[(Cpp, 6), (Rust, 2)]),
    ("template <", &[(Cpp, 6)]),
    ("template<", &[(Cpp, 6)]),
    ("\nnamespace ", &[(Cpp, 4), (CSharp, 4), (Php, 2)]),
    ("nullptr", &[(Cpp, 6)]),
    ("const auto", &[(Cpp, 6)]),
    ("auto ", &[(Cpp, 4)]),
    ("constexpr", &[(Cpp, 6)]),
    ("virtual ", &[(Cpp, 4), (CSharp, 2)]),
    ("override", &[(Cpp, 2), (Kotlin, 2), (CSharp, 2), (Swift, 2)]),
    ("public:", &[(Cpp, 6)]),
    ("private:", &[(Cpp, 6)]),
    ("static_cast<", &[(Cpp, 6)]),
    ("operator", &[(Cpp, 2)]),
    ("using ", &[(Cpp, 2), (CSharp, 3)]),
    ("cout <<", &[(Cpp, 6)]),
    ("const std", &[(Cpp, 5)]),
    ("unique_ptr", &[(Cpp, 6)]),
    // Java, Kotlin, C#
    ("public class ", &[(Java, 5), (CSharp, 4)]),
    ("\npublic ", &[(Java, 3), (CSharp, 3), (Php, 1), (Swift, 1)]),
    ("String ", &[(Java, 4)]),
    ("@Override", &[(Java, 6)]),
    ("System.out", &[(Java, 6)]),
    ("import java", &[(Java, 6), (Kotlin, 2)]),
    ("extends ", &[(Java, 2), (TypeScript, 2), (JavaScript, 1), (Php, 1)]),
    ("throws ", &[(Java, 4), (Swift, 2)]),
    ("final ", &[(Java, 3), (Swift, 1)]),
    ("new ", &[(Java, 1), (JavaScript, 1), (TypeScript, 1), (CSharp, 1), (Cpp, 1), (Php, 1)]),
    ("fun ", &[(Kotlin, 6)]),
    ("\nval ", &[(Kotlin, 6)]),
    ("data class ", &[(Kotlin, 6)]),
    ("?.", &[(Kotlin, 2), (Swift, 2), (TypeScript, 2), (JavaScript, 1), (CSharp, 1)]),
    ("listOf(", &[(Kotlin, 6)]),
    ("\nusing System", &[(CSharp, 8)]),
    ("Console.Write", &[(CSharp, 8)]),
    ("{ get; ", &[(CSharp, 8)]),
    ("string ", &[(CSharp, 3), (Go, 1), (Cpp, 1)]),
    // Swift and Objective-C
    ("guard ", &[(Swift, 6)]),
    ("if let ", &[(Swift, 3), (Rust, 4)]),
    ("import Foundation", &[(Swift, 8)]),
    ("import UIKit", &[(Swift, 8)]),
    ("import SwiftUI", &[(Swift, 8)]),
    ("@objc", &[(Swift, 5)]),
    ("extension ", &[(Swift, 4)]),
    ("#import", &[(ObjectiveC, 8)]),
    ("@interface", &[(ObjectiveC, 6), (Java, 1)]),
    ("@implementation", &[(ObjectiveC, 8)]),
    ("@property", &[(ObjectiveC, 5), (Python, 2)]),
    ("NSString", &[(ObjectiveC, 6), (Swift, 1)]),
    ("@end", &[(ObjectiveC, 6)]),
    ("[self ", &[(ObjectiveC, 6)]),
    // Shell
    ("#!/bin/", &[(Shell, 8)]),
    ("#!/usr/bin/env bash", &[(Shell, 8)]),
    ("#!/usr/bin/env python", &[(Python, 8)]),
    ("#!/usr/bin/env node", &[(JavaScript, 8)]),
    ("\nfi\n", &[(Shell, 6)]),
    ("; then", &[(Shell, 6)]),
    ("\ndone", &[(Shell, 5)]),
    ("\nesac", &[(Shell, 6)]),
    ("[[ ", &[(Shell, 3)]),
    ("[ -", &[(Shell, 4)]),
    ("$(", &[(Shell, 4), (JavaScript, 1)]),
    ("\"$", &[(Shell, 3)]),
    ("\necho ", &[(Shell, 4), (Php, 3)]),
    (" | ", &[(Shell, 1), (TypeScript, 1)]),
    // PHP, Ruby, SQL
    ("<?php", &[(Php, 9)]),
    ("$this->", &[(Php, 8)]),
    ("\n$", &[(Php, 4), (Shell, 1)]),
    ("\nend\n", &[(Ruby, 5)]),
    ("\nrequire '", &[(Ruby, 5)]),
    ("attr_", &[(Ruby, 5)]),
    (" do |", &[(Ruby, 6)]),
    ("puts ", &[(Ruby, 4)]),
    ("\nmodule ", &[(Ruby, 3)]),
    ("elsif ", &[(Ruby, 5)]),
    ("SELECT ", &[(Sql, 6)]),
    ("select ", &[(Sql, 2)]),
    (" FROM ", &[(Sql, 5)]),
    (" WHERE ", &[(Sql, 5)]),
    ("INSERT INTO ", &[(Sql, 6)]),
    ("CREATE TABLE", &[(Sql, 6)]),
    (" JOIN ", &[(Sql, 5)]),
    // Markup, style and configuration
    ("<!DOCTYPE", &[(Html, 8)]),
    ("<html", &[(Html, 8)]),
    ("<div", &[(Html, 4), (JavaScript, 1), (TypeScript, 1)]),
    ("</div>", &[(Html, 4), (JavaScript, 1), (TypeScript, 1)]),
    ("</", &[(Html, 2)]),
    (" class=\"", &[(Html, 4)]),
    (" href=\"", &[(Html, 4)]),
    ("className=", &[(JavaScript, 4), (TypeScript, 4)]),
    ("px;", &[(Css, 6)]),
    ("margin", &[(Css, 3)]),
    ("padding", &[(Css, 3)]),
    ("color:", &[(Css, 4)]),
    ("display: ", &[(Css, 5)]),
    ("@media", &[(Css, 6)]),
    ("font-", &[(Css, 4)]),
    ("\n- ", &[(Yaml, 3)]),
    ("\n---\n", &[(Yaml, 4)]),
    ("name: ", &[(Yaml, 2)]),
    ("\n[", &[(Toml, 3)]),
    ("\n[[", &[(Toml, 5)]),
    ("version = \"", &[(Toml, 5)]),
    ("[dependencies]", &[(Toml, 8)]),
];

static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::new(CUES.iter().map(|(cue, _)| cue)).expect("the cues are few and short")
});

impl Language {
    /// Guesses the language of `code`; [`Language::Unknown`] if nothing speaks for one.
    ///
    /// ```
    /// # use pounce_engine::Language;
    /// assert_eq!(Language::detect("fn main() {\n    let mut x = "), Language::Rust);
    /// assert_eq!(Language::detect("hello"), Language::Unknown);
    /// ```
    pub fn detect(code: &str) -> Self {
        let scores = scores(&normalized(tail(code)));
        let (best, score) = scores
            .iter()
            .enumerate()
            .max_by_key(|(idx, score)| (**score, std::cmp::Reverse(*idx)))
            .map_or((0, 0), |(idx, score)| (idx, *score));
        if score < MIN_SCORE { Unknown } else { Language::ALL[best] }
    }
}

/// Points of every language, in the order of [`Language::ALL`].
fn scores(code: &str) -> Vec<u16> {
    let mut votes = vec![0u16; CUES.len()];
    let mut scores = vec![0u16; Language::ALL.len()];
    for found in AUTOMATON.find_overlapping_iter(code) {
        let cue = found.pattern().as_usize();
        votes[cue] += 1;
        if votes[cue] <= MAX_VOTES {
            for (language, points) in CUES[cue].1 {
                scores[*language as usize] += points;
            }
        }
    }
    scores
}

/// The end of `code`, on a character boundary.
fn tail(code: &str) -> &str {
    let mut start = code.len().saturating_sub(MAX_BYTES);
    while !code.is_char_boundary(start) {
        start += 1;
    }
    &code[start..]
}

/// `code` without indentation and with a newline at both ends, so that cues for the start and the
/// end of a line match everywhere.
fn normalized(code: &str) -> String {
    let mut lines = String::with_capacity(code.len() + 2);
    lines.push('\n');
    for line in code.lines() {
        lines.push_str(line.trim_start());
        lines.push('\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_snippets_are_told_apart() {
        let check = |code: &str, expected: Language| {
            assert_eq!(
                Language::detect(code),
                expected,
                "{code:?} scored {:?}",
                scores(&normalized(code))
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
    fn the_end_of_a_long_text_decides_and_no_character_is_split() {
        let long = "é".repeat(MAX_BYTES) + "\nfn main() { let mut x = ";
        assert_eq!(Language::detect(&long), Rust, "only the last bytes are read");
    }
}
