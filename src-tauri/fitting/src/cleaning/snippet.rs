//! [`clean`]: runs the steps of the cleaning in their order.

use std::sync::Arc;

use pounce_engine::{Language, Segments};

use super::characters::CHARACTERS;
use super::code::CODE;
use super::decoration::DECORATION;
use super::draft::Draft;
use super::layer::{Dress, Layer};
use super::undo::Undo;

/// At most this many layers of decoration come off: a quoted mail with a numbered diff in a fence
/// has five.
const MAX_LAYERS: usize = 8;

/// A snippet as a model should see it.
#[derive(Debug, Clone)]
pub struct Snippet {
    /// Bare code around the cursor, with LF as line end.
    pub segments: Segments,
    /// The language that the decoration names, as it is written there, in small letters: the tag of
    /// a fence, the extension of a file, `python` for a `>>>`. `None` says nothing; a shebang and
    /// the code itself are not looked at here.
    pub language_hint: Option<String>,
    /// Gives a completion back what was taken off the snippet.
    pub undo: Undo,
}

/// Cleans `text`. The cursor is at the first of `markers`, which is taken out, or at the end; in a
/// text that ends with a closed fence, at the end of the code in it.
///
/// 1. Characters are cleaned in any text. Line ends come first, since the others go by lines;
///    colours before anything that looks at the start of a line, and lines that a terminal has
///    broken are joined before their decoration is looked for.
/// 2. Decoration comes off layer by layer, the outermost first, for as long as there is one: a
///    diff may stand in a fence, and the fence in a quoted mail.
/// 3. What has a meaning only in bare code comes last: curly quotes, marks of a notebook.
///
/// ```
/// let snippet = pounce_fitting::clean(">>> for n in range(3):\r\n... ", &["‹cursor›"]);
/// assert_eq!(snippet.segments.prefix, "for n in range(3):\n");
/// assert_eq!(snippet.language_hint.as_deref(), Some("python"));
/// let appended = snippet.undo.append("    print(n)\n    print(-n)");
/// assert_eq!(appended, ">>> for n in range(3):\r\n...     print(n)\r\n...     print(-n)");
/// ```
pub fn clean(text: &str, markers: &[&str]) -> Snippet {
    let mut cleaning = Cleaning { draft: Draft::new(text, markers), dress: vec![], language: None };
    let original = cleaning.draft.text().to_owned();
    cleaning.run_each(CHARACTERS);
    cleaning.peel();
    cleaning.run_each(CODE);

    let (prefix, suffix) = original.split_at(cleaning.draft.original_cursor());
    let undo = Undo::new(prefix, suffix, cleaning.dress);
    Snippet { segments: cleaning.draft.into_segments(), language_hint: cleaning.language, undo }
}

impl Snippet {
    /// The language that the decoration names, else the one that the code looks like.
    pub fn language(&self) -> Language {
        let hint = self.language_hint.as_deref().and_then(|hint| hint.parse().ok());
        hint.unwrap_or_else(|| Language::detect(&self.segments.prefix))
    }
}

struct Cleaning {
    draft: Draft,
    dress: Vec<Arc<dyn Dress>>,
    language: Option<String>,
}

impl Cleaning {
    fn run_each(&mut self, steps: &[fn(&Draft) -> Option<Layer>]) {
        for step in steps {
            if let Some(layer) = step(&self.draft) {
                self.take_off(layer);
            }
        }
    }

    fn peel(&mut self) {
        for _ in 0..MAX_LAYERS {
            let Some(layer) = DECORATION.iter().find_map(|step| step(&self.draft)) else { break };
            self.take_off(layer);
        }
    }

    /// An inner layer knows the language better: a shell session may show a file in Python.
    fn take_off(&mut self, layer: Layer) {
        if let Some(cursor) = layer.cursor {
            self.draft.move_cursor(cursor);
        }
        self.draft.apply(layer.edits);
        self.dress.extend(layer.dress);
        self.language = layer.language.or(self.language.take());
    }
}

#[cfg(test)]
mod tests;
