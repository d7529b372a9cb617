//! `pounce eval --snippets`: how good a model is at code that stands alone, as it does on a
//! clipboard.
//!
//! One file of snippets a language, named after it. A case is a JSON object of a prefix, perhaps a
//! suffix, and what is accepted: regular expressions that the whole completion has to match. The
//! model completes one line; it is also counted whether prefix, completion and suffix parse once
//! the open brackets are closed.

mod pastes;
mod report;
mod until_paste;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use pounce_engine::{
    DEFAULT_CURSOR_MARKER, GenerationConfig, Language, Mode, Model, Prompt, Segments,
};
use pounce_fitting::Candidate;
use pounce_fitting::syntax::parses;
use pounce_service::CompletionRequest;
use regex::Regex;
use serde::Deserialize;

use super::cases;
use super::options::EvalOptions;
use crate::loading;
use crate::output::{print_report, say};
use crate::snippet_request::SnippetRequest;

use pastes::Pastes;
use report::{Answer, Report};

/// One line of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    prefix: String,
    #[serde(default)]
    suffix: String,
    accepted: Vec<String>,
}

/// A case whose patterns are compiled.
#[derive(Debug)]
pub(super) struct Snippet {
    language: Language,
    segments: Segments,
    accepted: Vec<Regex>,
}

/// Evaluates a model on the snippets and prints a table or JSON.
///
/// # Errors
/// If the files hold no snippets, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let snippets = cases::read_all(&options.cases(), options.limit, parse)?;
    if options.until_paste {
        return answer_until_paste(&snippets, options);
    }
    let mut loaded = loading::load(&options.model)?;
    let config = options.config(loaded.form());
    let model = &mut loaded.model;
    model.warm_up()?;
    let answers = snippets
        .iter()
        .map(|snippet| snippet.answer(model, &config, options))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report::new(model.manifest().id.clone(), answers);
    print_report(&report, options.json)
}

/// Answers the snippets as the app does, and prints what a paste gets.
fn answer_until_paste(snippets: &[Snippet], options: &EvalOptions) -> anyhow::Result<()> {
    let requests = snippets.iter().map(|snippet| {
        let Prompt { segments, language, mode } = snippet.request(options).prompt;
        CompletionRequest { language, ..CompletionRequest::new(segments, mode) }
    });
    let answers = until_paste::answer(requests.collect())?;
    let judged = answers.into_iter().zip(snippets);
    let judged = judged.map(|(answer, snippet)| answer.map(|text| snippet.accepts(&text)));
    say!("{}", Pastes::new(judged.collect()));
    Ok(())
}

/// Parses a line of a file that is named after its language.
pub(super) fn parse(file: &Path, line: &str) -> anyhow::Result<Snippet> {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let language = stem.parse().context("the file is not named after a language")?;
    Snippet::parse(line, language)
}

impl Snippet {
    fn parse(line: &str, language: Language) -> anyhow::Result<Self> {
        let case: Case = serde_json::from_str(line)?;
        let whole = |pattern: &String| Regex::new(&format!("^(?:{pattern})$"));
        let accepted = case.accepted.iter().map(whole).collect::<Result<Vec<_>, _>>()?;
        let segments = Segments { prefix: case.prefix, suffix: case.suffix };
        Ok(Self { language, segments, accepted })
    }

    fn answer(
        &self,
        model: &mut Model,
        config: &GenerationConfig,
        options: &EvalOptions,
    ) -> anyhow::Result<Answer> {
        let request = self.request(options);
        let started = Instant::now();
        let Candidate { generation, fitted } = request.complete(model, config, false)?.best;
        let latency = started.elapsed();
        Ok(self.judge(fitted.text, generation.n_prompt_tokens, latency))
    }

    /// Asks for the line at the cursor.
    pub(super) fn request(&self, options: &EvalOptions) -> SnippetRequest {
        let Some(disguise) = options.disguise else {
            return options.line(&self.segments, self.language);
        };
        let Segments { prefix, suffix } = &self.segments;
        let text = disguise.put_on(&format!("{prefix}{DEFAULT_CURSOR_MARKER}{suffix}"));
        options.request(&text, Some(self.language), Mode::Line)
    }

    /// Whether a completion is accepted.
    pub(super) fn accepts(&self, completion: &str) -> bool {
        self.accepted.iter().any(|pattern| pattern.is_match(completion.trim()))
    }

    fn judge(&self, completion: String, prompt_tokens: usize, latency: Duration) -> Answer {
        let Segments { prefix, suffix } = &self.segments;
        let code = format!("{prefix}{completion}{suffix}");
        let is_accepted = self.accepts(&completion);
        Answer {
            language: self.language.name(),
            prefix: prefix.clone(),
            parses: parses(&code, self.language),
            is_accepted,
            prompt_tokens,
            latency,
            completion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &str, accepted: &str, completion: &str, parses: bool, is_accepted: bool) {
        let case = serde_json::json!({ "prefix": prefix, "accepted": [accepted] });
        let snippet = Snippet::parse(&case.to_string(), Language::Python).unwrap();
        let answer = snippet.judge(completion.to_owned(), 16, Duration::ZERO);
        assert_eq!(answer.parses, Some(parses), "whether {prefix:?} with {completion:?} parses");
        assert_eq!(answer.is_accepted, is_accepted, "whether {accepted:?} accepts {completion:?}");
    }

    #[test]
    fn a_pattern_has_to_match_the_whole_completion() {
        check("def add(a, b):\n    return ", r"a \+ b", "a + b", true, true);
        check("def add(a, b):\n    return ", r"a \+ b", "a + b + c", true, false);
        check("def add(a, b):\n    return ", r"a \+ b|b \+ a", "b + a ", true, true);
        check("def add(a, b):\n    return ", r"a \+ b", "a + )", false, false);
    }

    #[test]
    fn a_file_is_named_after_its_language_and_bad_lines_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let message =
            |path: &Path| format!("{:#}", cases::read_all(path, None, parse).unwrap_err());
        let good = "{\"prefix\":\"x = \",\"accepted\":[\"1\"]}\n";
        assert!(message(&write("klingon.jsonl", good)).contains("named after a language"));
        assert!(message(&write("go.jsonl", "{\"prefix\":\"x\"}")).contains("line 1 of"));
        let unclosed = "{\"prefix\":\"x\",\"accepted\":[\"(\"]}";
        assert!(message(&write("c.jsonl", unclosed)).contains("line 1 of"));
        let rust = write("rust.jsonl", &good.repeat(3));
        assert_eq!(
            cases::read_all(&rust, Some(2), parse).unwrap().len(),
            2,
            "the limit is of one file"
        );
    }
}
