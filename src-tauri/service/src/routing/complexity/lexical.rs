//! Counts without a grammar: brackets, indentation and the words that most languages branch with.

use std::collections::HashSet;

use super::score::Complexity;

/// Words that divide the flow in the languages that people complete code in.
const BRANCH_WORDS: [&str; 22] = [
    "if", "elif", "elsif", "elseif", "unless", "for", "foreach", "while", "until", "loop",
    "repeat", "match", "switch", "case", "when", "cond", "catch", "except", "rescue", "guard",
    "select", "try",
];

/// Measures `text`; the lines are counted by the caller.
pub(super) fn count(text: &str) -> Complexity {
    let mut words = Words::default();
    let mut open = OpenConstructs::default();
    for (line_idx, line) in text.lines().enumerate() {
        open.enter_line(line, line_idx);
        words.add(line);
    }
    let cursor_line = text.matches('\n').count();
    Complexity {
        n_branches: words.n_branches,
        n_identifiers: words.identifiers.len(),
        max_nesting: open.deepest,
        n_open_lines: open
            .innermost_before(cursor_line)
            .map_or(0, |line_idx| cursor_line + 1 - line_idx),
        ..Complexity::default()
    }
}

#[derive(Default)]
struct Words<'a> {
    identifiers: HashSet<&'a str>,
    n_branches: usize,
}

impl<'a> Words<'a> {
    fn add(&mut self, line: &'a str) {
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if BRANCH_WORDS.contains(&word) {
                self.n_branches += 1;
            } else if word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                self.identifiers.insert(word);
            }
        }
    }
}

/// What encloses the current place: brackets, and lines that are indented less.
#[derive(Default)]
struct OpenConstructs {
    /// Lines of the brackets that are open.
    brackets: Vec<usize>,
    /// Indentation and line of the headers above, each deeper than the one before.
    headers: Vec<(usize, usize)>,
    deepest: usize,
}

impl OpenConstructs {
    fn enter_line(&mut self, line: &str, line_idx: usize) {
        let content = line.trim_start();
        if !content.is_empty() {
            let indentation = line.len() - content.len();
            self.headers.retain(|(header, _)| *header < indentation);
            self.headers.push((indentation, line_idx));
        }
        for c in content.chars() {
            match c {
                '(' | '[' | '{' => self.brackets.push(line_idx),
                ')' | ']' | '}' => drop(self.brackets.pop()),
                _ => {}
            }
            self.deepest = self.deepest.max(self.brackets.len());
        }
        self.deepest = self.deepest.max(self.headers.len().saturating_sub(1));
    }

    /// The line above the cursor's that opened the innermost bracket, else the header.
    fn innermost_before(&self, cursor_line: usize) -> Option<usize> {
        let bracket = self.brackets.iter().rev().find(|line_idx| **line_idx < cursor_line);
        let header = || self.headers.iter().rev().nth(1).map(|(_, line_idx)| line_idx);
        bracket.or_else(header).copied()
    }
}
