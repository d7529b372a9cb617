//! [`EvalOptions`]: the arguments of `pounce eval`.

use std::path::PathBuf;

use clap::Args;
use pounce_engine::{
    DEFAULT_CURSOR_MARKER, GenerationConfig, Language, Mode, Prompt, PromptForm, Segments,
};

use crate::model_options::ModelOptions;
use crate::snippet_request::SnippetRequest;

use super::disguise::Disguise;

#[derive(Debug, Args)]
pub(crate) struct EvalOptions {
    /// The cases, one JSON object a line: a file, or a folder of .jsonl files
    #[arg(required_unless_present = "project")]
    cases: Option<PathBuf>,
    /// The cases are ends of lines in files below this folder, each to be found by the lines before it:
    /// {language, project, path, offset, target} lines in its cases.jsonl
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["snippets", "edges", "calibration", "raw"])]
    pub(crate) project: Option<PathBuf>,
    /// How many lines of each file are on the clipboard
    #[arg(long, requires = "project", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) lines: u32,
    /// The cases are snippets that stand alone: {prefix, suffix, accepted} lines in files named
    /// after their language
    #[arg(long)]
    pub(crate) snippets: bool,
    /// Answer the snippets with all installed models, as the app does: the first answer, then that of a larger model
    /// if it is worth more. A table of what a paste gets, by its time after the request
    #[arg(long, requires = "snippets", conflicts_with_all = ["disguise", "raw", "json"])]
    pub(crate) until_paste: bool,
    /// The cases are small inputs of the kinds that go wrong: {id, kind, text, language, mode,
    /// accepted, refused, detected, why} lines
    #[arg(long, conflicts_with = "snippets")]
    pub(crate) edges: bool,
    /// How well the model knows when it is right: a table of the probabilities that it gives
    #[arg(long, conflicts_with_all = ["snippets", "edges", "raw"])]
    pub(crate) calibration: bool,
    /// Fit the probabilities to the cases, and write them to this file: confidence.json in the
    /// model's folder
    #[arg(long, requires = "calibration", value_name = "FILE")]
    pub(crate) fit: Option<PathBuf>,
    /// Ask the app's service with the settings and models of this machine, which chooses among them
    #[arg(long, conflicts_with_all = ["project", "edges", "calibration", "raw"])]
    pub(crate) app: bool,
    /// Let each case be read before the key press, as when it was copied
    #[arg(long, requires = "app")]
    pub(crate) copied: bool,
    /// Make the snippets look as if they were copied from there, not from an editor
    #[arg(long, value_enum, requires = "snippets")]
    pub(crate) disguise: Option<Disguise>,
    /// Judge the model's own text: without cleaning the code and without fitting the completion
    #[arg(long)]
    pub(crate) raw: bool,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Use only the first cases of a file
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    /// The most prompt tokens; the model's own limit if left out
    #[arg(long)]
    pub(crate) max_prompt_tokens: Option<usize>,
    /// The most tokens to guess and check in one run, compared with none; 0 is off [default: as many as pay]
    #[arg(long)]
    pub(crate) drafts: Option<usize>,
    /// Let the language be guessed instead of taking the case's
    #[arg(long)]
    pub(crate) detect_language: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

impl EvalOptions {
    /// The file or folder of the cases.
    pub(super) fn cases(&self) -> PathBuf {
        let in_project = || self.project.as_ref().map(|folder| folder.join("cases.jsonl"));
        self.cases.clone().or_else(in_project).expect("clap requires one of them")
    }

    /// How to generate, with a model that is asked in this form.
    pub(super) fn config(&self, form: PromptForm) -> GenerationConfig {
        GenerationConfig {
            form,
            max_prompt_tokens: self.max_prompt_tokens,
            n_draft_tokens: self.drafts,
            ..GenerationConfig::default()
        }
    }

    /// Asks for the line at a cursor, in the way that `pounce complete` does.
    pub(super) fn line(&self, segments: &Segments, language: Language) -> SnippetRequest {
        let Segments { prefix, suffix } = segments;
        let text = format!("{prefix}{DEFAULT_CURSOR_MARKER}{suffix}");
        self.request(&text, Some(language), Mode::Line)
    }

    /// Asks for a completion of `text`; the language is detected if there is none, or if the
    /// options say so.
    pub(super) fn request(
        &self,
        text: &str,
        language: Option<Language>,
        mode: Mode,
    ) -> SnippetRequest {
        let language = language.filter(|_| !self.detect_language);
        if !self.raw {
            return SnippetRequest::new(text, DEFAULT_CURSOR_MARKER, language, mode);
        }
        let segments = Segments::split_at_marker(text, DEFAULT_CURSOR_MARKER);
        let language = language.unwrap_or_else(|| Language::detect(&segments.prefix));
        SnippetRequest::raw(Prompt { segments, language, mode })
    }
}
