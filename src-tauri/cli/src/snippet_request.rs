//! [`SnippetRequest`]: text as people copy it becomes a prompt, and what a model wrote becomes what
//! fits the text.

use std::path::Path;

use pounce_engine::{Generation, Language, Mode, Prompt};
use pounce_fitting::{Fitted, Place, Undo, clean, fit};

/// A prompt, and how its completion is finished.
#[derive(Debug)]
pub(crate) struct SnippetRequest {
    pub(crate) prompt: Prompt,
    /// Undoes the cleaning; `None`: the completion is wanted as the model wrote it.
    undo: Option<Undo>,
}

impl SnippetRequest {
    /// Cleans `text`, whose cursor is at `marker`, or at its end. Without a language, the snippet's
    /// decoration tells it, else the code.
    pub(crate) fn new(text: &str, marker: &str, language: Option<Language>, mode: Mode) -> Self {
        let snippet = clean(text, &[marker]);
        let language = language.unwrap_or_else(|| snippet.language());
        let prompt = Prompt { segments: snippet.segments, language, mode };
        Self { prompt, undo: Some(snippet.undo) }
    }

    /// Has the model's own text for a prompt, to compare it with what fits.
    pub(crate) fn raw(prompt: Prompt) -> Self {
        Self { prompt, undo: None }
    }

    /// What fits of a model's text, as bare code with the snippet's line ends.
    pub(crate) fn fit(&self, generation: &Generation) -> Fitted {
        let text = &generation.text;
        let Some(undo) = &self.undo else {
            return Fitted { text: text.clone(), applied: Vec::new(), rejected: None };
        };
        let fitted = fit(&Place::from(&self.prompt), text, generation.finish);
        Fitted { text: undo.bare(&fitted.text), ..fitted }
    }
}

/// The language of files with this name.
pub(crate) fn language_of_file(path: &Path) -> Option<Language> {
    Language::from_file_name(path.file_name()?.to_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_file() {
        let check = |path: &str, expected: Option<Language>| {
            assert_eq!(language_of_file(Path::new(path)), expected, "{path}");
        };
        check("src/main.rs", Some(Language::Rust));
        check("build/Makefile", Some(Language::Makefile));
        check("Dockerfile", Some(Language::Dockerfile));
        check("-", None);
    }
}
