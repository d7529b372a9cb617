//! How the lines of a completion are typed at a prompt.

use super::prompts::{Prompt, Secondary};
use crate::cleaning::layer::{Dress, mark_lines};

/// Words that go on with a statement at the margin.
const CONTINUATIONS: [&str; 16] = [
    "else", "elif", "elsif", "elseif", "except", "finally", "end", "rescue", "ensure", "when",
    "then", "do", "fi", "done", "esac", "catch",
];

/// Writes the prompts that the program would.
#[derive(Debug, Clone)]
pub(super) struct Typing {
    prompt: &'static Prompt,
    /// The prompt of the latest statement.
    primary: String,
    secondary: String,
    /// What stands in the last line that was typed, up to the cursor.
    before: String,
    /// Whether the cursor's line has no prompt yet.
    is_unbegun: bool,
    /// The blank that the cursor's prompt lacks.
    blank: &'static str,
}

impl Typing {
    /// Prompts as the snippet shows them, or as the program usually writes them.
    pub(super) fn new(
        prompt: &'static Prompt,
        primary: Option<&str>,
        secondary: Option<&str>,
    ) -> Self {
        let primary = spaced(prompt, primary.unwrap_or(">>> "));
        let secondary = match (secondary, prompt.usual_secondary) {
            (Some(secondary), _) => spaced(prompt, secondary),
            (None, Secondary::Same) => primary.clone(),
            (None, Secondary::Text(text)) => text.to_owned(),
            (None, Secondary::AsWide(text)) => {
                format!("{text:>width$}", width = primary.chars().count())
            }
            (None, Secondary::Dashed) => primary.replace('=', "-"),
        };
        Self { prompt, primary, secondary, before: String::new(), is_unbegun: false, blank: "" }
    }

    /// Puts the cursor behind `before`, or in a line below it that has no prompt.
    pub(super) fn at(self, before: &str, is_unbegun: bool) -> Self {
        Self { before: before.to_owned(), is_unbegun, ..self }
    }

    /// Gives a prompt that stands at the cursor the blank that has been trimmed off it.
    pub(super) fn completing(self, prompt: &str) -> Self {
        let lacks_blank = !prompt.is_empty() && spaced(self.prompt, prompt) != prompt;
        Self { blank: if lacks_blank { " " } else { "" }, ..self }
    }

    /// The prompt for `line`.
    fn mark(&mut self, line: &str) -> String {
        let continues = self.continues(line);
        let always_counts = self.prompt.usual_secondary == Secondary::Same;
        if self.prompt.counts && (!continues || always_counts) {
            self.primary = count_up(&self.primary);
        }
        line.clone_into(&mut self.before);
        if continues && !(self.prompt.counts && always_counts) {
            self.secondary.clone()
        } else {
            self.primary.clone()
        }
    }

    /// Whether `line` goes on with the statement of the line before it.
    fn continues(&self, line: &str) -> bool {
        let before = self.before.trim_end();
        let word = line.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        line.is_empty()
            || line.starts_with([' ', '\t', ')', ']', '}'])
            || before.ends_with(['\\', '(', '[', '{', ','])
            || before.starts_with('@')
            || CONTINUATIONS.contains(&word)
            || self.prompt.language == "sql" && !before.ends_with(';')
    }
}

impl Dress for Typing {
    fn dress(&self, completion: &str) -> String {
        let mut typing = self.clone();
        let first_line = completion.split('\n').next().unwrap_or_default();
        let first = if self.is_unbegun { typing.mark(first_line) } else { self.blank.to_owned() };
        if !self.is_unbegun {
            typing.before.push_str(first_line);
        }
        mark_lines(completion, &first, |line| typing.mark(line))
    }
}

/// `prompt` with its blank, which may have been trimmed off an empty line.
fn spaced(prompt: &Prompt, text: &str) -> String {
    let is_whole = text.ends_with(' ') || prompt.language == "batch";
    format!("{text}{}", if is_whole { "" } else { " " })
}

/// `prompt` with its first number counted up, in as many digits.
fn count_up(prompt: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let start = prompt.find(is_digit).unwrap_or(prompt.len());
    let end = start + prompt[start..].find(|c| !is_digit(c)).unwrap_or(prompt.len() - start);
    match prompt[start..end].parse::<u32>() {
        Ok(number) => {
            let width = end - start;
            format!("{}{:0width$}{}", &prompt[..start], number.saturating_add(1), &prompt[end..])
        }
        Err(_) => prompt.to_owned(),
    }
}
