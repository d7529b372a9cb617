//! [`Place`]: the code around the cursor that a completion has to fit.

use pounce_engine::nesting::is_name;
use pounce_engine::{Language, Mode, Prompt};

use crate::lines::last_line;

/// Where a completion goes. Line ends are LF: whatever the clipboard had was cleaned before.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Everything before the cursor.
    pub prefix: &'a str,
    /// Everything after it; empty when nothing is known of it.
    pub suffix: &'a str,
    /// The language of the code.
    pub language: Language,
    /// How much is to be completed.
    pub mode: Mode,
}

impl<'a> From<&'a Prompt> for Place<'a> {
    fn from(prompt: &'a Prompt) -> Self {
        let Prompt { segments, language, mode } = prompt;
        let (prefix, suffix) = (&*segments.prefix, &*segments.suffix);
        Self { prefix, suffix, language: *language, mode: *mode }
    }
}

impl<'a> Place<'a> {
    /// The cursor's line, before the cursor.
    pub fn line_before(&self) -> &'a str {
        last_line(self.prefix)
    }

    /// The cursor's line, after the cursor; empty if that is white space alone.
    pub fn rest_of_line(&self) -> &'a str {
        let rest = self.suffix.split('\n').next().unwrap_or_default().trim_end();
        if rest.trim_start().is_empty() { "" } else { rest }
    }

    /// The lines above the cursor's, without the last line end.
    pub(crate) fn above(&self) -> &'a str {
        self.prefix.rsplit_once('\n').map_or("", |(above, _)| above)
    }

    /// The code above the line that a completion begins: the cursor's line, if it is blank, or the one
    /// after it.
    pub(crate) fn above_completion(&self) -> &'a str {
        if self.line_before().trim().is_empty() { self.above() } else { self.prefix }
    }

    /// The lines below the cursor's.
    pub(crate) fn below(&self) -> &'a str {
        self.suffix.split_once('\n').map_or("", |(_, below)| below)
    }

    /// Whether prefix or suffix contain `text`.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.prefix.contains(text) || self.suffix.contains(text)
    }

    /// The name, or its beginning, that ends at the cursor; empty if there is none.
    pub(crate) fn word_before(&self) -> &'a str {
        let line = self.line_before();
        let start = line.trim_end_matches(is_name).len();
        &line[start..]
    }

    /// Whether the cursor stands inside a word: letters or digits on both sides.
    pub(crate) fn is_inside_word(&self) -> bool {
        self.prefix.ends_with(is_name) && self.suffix.starts_with(is_name)
    }
}
