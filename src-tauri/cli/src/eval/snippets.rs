//! `pounce eval --snippets`: how good a model is at code that stands alone, as it does on a
//! clipboard.
//!
//! One file of snippets a language, named after it. A case is a JSON object of a prefix, perhaps a
//! suffix, and what is accepted: regular expressions that the whole completion has to match. The
//! model completes one line; it is also counted whether prefix, completion and suffix parse once
//! the open brackets are closed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pounce_engine::{
    CancelToken, GenerationConfig, Language, Mode, Model, Prompt, Segments, never_stop,
};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::loading;
use crate::output::{put, say};
use crate::percentiles::Percentiles;
use crate::table::Table;

use super::options::EvalOptions;

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
struct Snippet {
    language: Language,
    segments: Segments,
    accepted: Vec<Regex>,
}

/// Evaluates a model on the snippets and prints a table or JSON.
///
/// # Errors
/// If the files hold no snippets, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let snippets = read(&options.cases, options.limit)?;
    let mut model = loading::load(&options.model)?.model;
    model.warm_up()?;
    let answers = snippets
        .iter()
        .map(|snippet| snippet.answer(&mut model, options))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report::new(model.manifest().id.clone(), answers);
    if options.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        put!("{report}");
    }
    Ok(())
}

/// The snippets of a file, or of every `.jsonl` file of a folder, at most `limit` a file.
fn read(path: &Path, limit: Option<usize>) -> anyhow::Result<Vec<Snippet>> {
    let mut snippets = Vec::new();
    for file in files(path)? {
        snippets.extend(read_file(&file, limit.unwrap_or(usize::MAX))?);
    }
    if snippets.is_empty() {
        bail!("{} has no snippets", path.display());
    }
    Ok(snippets)
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = path.read_dir().with_context(|| format!("cannot read {}", path.display()))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut files = paths.with_context(|| format!("cannot read {}", path.display()))?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    Ok(files)
}

fn read_file(path: &Path, limit: usize) -> anyhow::Result<Vec<Snippet>> {
    let name = path.display();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let language: Language =
        stem.parse().with_context(|| format!("{name} is not named after a language"))?;
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .take(limit)
        .map(|(idx, line)| {
            Snippet::parse(line, language)
                .with_context(|| format!("line {} of {name} is no snippet", idx + 1))
        })
        .collect()
}

impl Snippet {
    fn parse(line: &str, language: Language) -> anyhow::Result<Self> {
        let case: Case = serde_json::from_str(line)?;
        let whole = |pattern: &String| Regex::new(&format!("^(?:{pattern})$"));
        let accepted = case.accepted.iter().map(whole).collect::<Result<Vec<_>, _>>()?;
        let segments = Segments { prefix: case.prefix, suffix: case.suffix };
        Ok(Self { language, segments, accepted })
    }

    fn answer(&self, model: &mut Model, options: &EvalOptions) -> anyhow::Result<Answer> {
        let config = GenerationConfig {
            max_prompt_tokens: options.max_prompt_tokens,
            n_draft_tokens: options.drafts,
            ..GenerationConfig::default()
        };
        let prompt = Prompt {
            segments: self.segments.clone(),
            language: if options.detect_language {
                Language::detect(&self.segments.prefix)
            } else {
                self.language
            },
            mode: Mode::Line,
        };
        let started = Instant::now();
        let generation = model.generate(&prompt, &config, &CancelToken::new(), &mut never_stop)?;
        let latency = started.elapsed();
        Ok(self.judge(generation.text, generation.n_prompt_tokens, latency))
    }

    fn judge(&self, completion: String, prompt_tokens: usize, latency: Duration) -> Answer {
        let Segments { prefix, suffix } = &self.segments;
        let code = format!("{prefix}{completion}{suffix}");
        let is_accepted = self.accepted.iter().any(|pattern| pattern.is_match(completion.trim()));
        Answer {
            language: self.language.name(),
            prefix: prefix.clone(),
            parses: pounce_service::parses(&code, self.language).unwrap_or(false),
            is_accepted,
            prompt_tokens,
            latency,
            completion,
        }
    }
}

/// What became of one snippet.
#[derive(Debug, Serialize)]
struct Answer {
    language: &'static str,
    prefix: String,
    completion: String,
    parses: bool,
    is_accepted: bool,
    prompt_tokens: usize,
    #[serde(skip)]
    latency: Duration,
}

/// Shares of one language, or of all.
#[derive(Debug, Serialize)]
struct Row {
    language: &'static str,
    snippets: usize,
    parses: f64,
    accepted: f64,
    latency: Percentiles,
}

impl Row {
    /// Of `answers`, which must not be empty.
    fn of(language: &'static str, answers: &[&Answer]) -> Self {
        let share = |holds: fn(&Answer) -> bool| {
            answers.iter().filter(|answer| holds(answer)).count() as f64 / answers.len() as f64
        };
        Self {
            language,
            snippets: answers.len(),
            parses: share(|answer| answer.parses),
            accepted: share(|answer| answer.is_accepted),
            latency: Percentiles::of(answers.iter().map(|answer| answer.latency)),
        }
    }
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    rows: Vec<Row>,
    answers: Vec<Answer>,
}

impl Report {
    fn new(model: String, answers: Vec<Answer>) -> Self {
        let all: Vec<&Answer> = answers.iter().collect();
        let by_language = all.chunk_by(|a, b| a.language == b.language);
        let mut rows: Vec<Row> =
            by_language.map(|answers| Row::of(answers[0].language, answers)).collect();
        rows.push(Row::of("all", &all));
        Self { model, rows, answers }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: snippets that stand alone, one line each, greedy", self.model)?;
        let mut table =
            Table::new(["language", "snippets", "parses", "accepted", "latency p50", "p95"]);
        for row in &self.rows {
            table.push([
                row.language.to_owned(),
                row.snippets.to_string(),
                format!("{:.2}", row.parses),
                format!("{:.2}", row.accepted),
                format!("{:.1} ms", row.latency.p50_ms),
                format!("{:.1} ms", row.latency.p95_ms),
            ]);
        }
        write!(f, "{table}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &str, accepted: &str, completion: &str, parses: bool, is_accepted: bool) {
        let case = serde_json::json!({ "prefix": prefix, "accepted": [accepted] });
        let snippet = Snippet::parse(&case.to_string(), Language::Python).unwrap();
        let answer = snippet.judge(completion.to_owned(), 16, Duration::ZERO);
        assert_eq!(answer.parses, parses, "whether {prefix:?} with {completion:?} parses");
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
        let message = |path: &Path| format!("{:#}", read(path, None).unwrap_err());
        let good = "{\"prefix\":\"x = \",\"accepted\":[\"1\"]}\n";
        assert!(message(&write("klingon.jsonl", good)).contains("named after a language"));
        assert!(message(&write("go.jsonl", "{\"prefix\":\"x\"}")).contains("line 1 of"));
        let unclosed = "{\"prefix\":\"x\",\"accepted\":[\"(\"]}";
        assert!(message(&write("c.jsonl", unclosed)).contains("line 1 of"));
        let rust = write("rust.jsonl", &good.repeat(3));
        assert_eq!(read(&rust, Some(2)).unwrap().len(), 2, "the limit is of one file");
    }
}
