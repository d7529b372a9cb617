//! [`SnippetRequest`]: text as people copy it becomes a prompt, and what a model wrote becomes what
//! fits the text.

use std::path::Path;

use std::ops::ControlFlow;
use std::sync::Arc;

use pounce_engine::{
    CancelToken, EngineError, Generation, GenerationConfig, Language, Mode, Model, Prompt,
    RelatedCode, never_stop,
};
use pounce_fitting::{Candidate, Fitted, N_OTHERS, Place, Ranked, Undo, clean, rank};
use pounce_project::{self as project, NoPlace, Projects};
use pounce_service::{in_file, related};

/// A prompt, and how its completion is finished.
#[derive(Debug)]
pub(crate) struct SnippetRequest {
    pub(crate) prompt: Prompt,
    /// Undoes the cleaning; `None`: the completion is wanted as the model wrote it.
    undo: Option<Undo>,
    /// Where the snippet stands in a project; `None`: it was not found, or not looked for.
    place: Option<project::Place>,
    /// Code of the project there, whose habits the model heeds.
    related: Option<Arc<RelatedCode>>,
}

impl SnippetRequest {
    /// Cleans `text`, whose cursor is at `marker`, or at its end. Without a language, the snippet's
    /// decoration tells it, else the code.
    pub(crate) fn new(text: &str, marker: &str, language: Option<Language>, mode: Mode) -> Self {
        let snippet = clean(text, &[marker]);
        let language = language.unwrap_or_else(|| snippet.language());
        let prompt = Prompt { segments: snippet.segments, language, mode };
        Self { prompt, undo: Some(snippet.undo), place: None, related: None }
    }

    /// Looks for the snippet in projects, and takes the code around it from there.
    ///
    /// # Errors
    /// Why no place was found.
    pub(crate) fn locate(&mut self, projects: &Projects) -> Result<&project::Place, NoPlace> {
        let place = projects.find(&self.prompt.segments.prefix)?;
        let (segments, language) = in_file(&self.prompt.segments, &place);
        self.prompt.segments = segments;
        self.prompt.language = language.unwrap_or(self.prompt.language);
        self.related = related(&place, projects.related(&place));
        Ok(self.place.insert(place))
    }

    /// Has the model's own text for a prompt, to compare it with what fits.
    pub(crate) fn raw(prompt: Prompt) -> Self {
        Self { prompt, undo: None, place: None, related: None }
    }

    /// What `model` has for the prompt.
    ///
    /// # Errors
    /// Those of [`Model::generate`].
    pub(crate) fn complete(
        &self,
        model: &mut Model,
        config: &GenerationConfig,
        wants_others: bool,
    ) -> Result<Ranked, EngineError> {
        let config = &self.with_related(config);
        let first = model.generate(&self.prompt, config, &CancelToken::new(), &mut never_stop)?;
        self.search(model, config, first, wants_others)
    }

    /// Looks for other completions than `first`, which the model has just generated: as in the app, if
    /// it does not fit or another one may be likelier, or if others are wanted.
    ///
    /// # Errors
    /// Those of [`Model::candidates`].
    pub(crate) fn search(
        &self,
        model: &mut Model,
        config: &GenerationConfig,
        first: Generation,
        wants_others: bool,
    ) -> Result<Ranked, EngineError> {
        let config = &self.with_related(config);
        let first = self.candidate(first);
        let mut others = Vec::new();
        if self.undo.is_some() && (wants_others || first.may_be_surpassed(self.prompt.mode)) {
            let mut on_candidate = |other| {
                others.push(self.candidate(other));
                if others.len() < N_OTHERS {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            };
            let cancel = CancelToken::new();
            let (prompt, known) = (&self.prompt, &first.generation);
            model.candidates(prompt, config, known, &cancel, &mut never_stop, &mut on_candidate)?;
        }
        Ok(rank(self.prompt.mode, first, others))
    }

    /// A completion that fits, as bare code with the snippet's line ends.
    pub(crate) fn bare(&self, fitted: &str) -> String {
        self.undo.as_ref().map_or_else(|| fitted.to_owned(), |undo| undo.bare(fitted))
    }

    fn with_related(&self, config: &GenerationConfig) -> GenerationConfig {
        GenerationConfig { related: self.related.clone(), ..config.clone() }
    }

    /// A model's completion with what fits of it, as bare code with the snippet's line ends.
    pub(crate) fn candidate(&self, generation: Generation) -> Candidate {
        let Some(undo) = &self.undo else {
            let text = generation.text.clone();
            let fitted = Fitted { text, applied: Vec::new(), rejected: None };
            return Candidate { generation, fitted };
        };
        let mut candidate = Candidate::new(&Place::from(&self.prompt), generation);
        let text = &mut candidate.fitted.text;
        if let Some(place) = &self.place {
            *text = place.for_snippet(text);
        }
        *text = undo.bare(text);
        candidate
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
