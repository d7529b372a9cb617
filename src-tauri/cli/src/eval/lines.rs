//! How good a model is at single lines, with and without the code after the cursor.
//!
//! A case is a JSON object of language, prefix, suffix and target. A completion is exact if it is
//! the target but for white space at its end; edit similarity is 1 minus the Levenshtein distance
//! over the longer length. If drafts are asked for, every case is also completed without them, now before and now
//! after: the tokens have to be the same.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use pounce_engine::{
    CancelToken, Generation, GenerationConfig, Language, Mode, Model, Prompt, RecentCompletions,
    Segments, never_stop,
};
use serde::{Deserialize, Serialize};

use crate::output::{put, say};
use crate::percentiles::Percentiles;
use crate::table::Table;
use crate::{loading, memory};

use super::options::EvalOptions;

/// One case of the file. Other keys are ignored.
#[derive(Debug, Deserialize)]
struct Case {
    language: String,
    prefix: String,
    #[serde(default)]
    suffix: String,
    target: String,
}

/// Evaluates a model and prints a table or JSON.
///
/// # Errors
/// If the file is no list of cases, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let cases = read_cases(&options.cases, options.limit)?;
    let mut model = loading::load(&options.model)?.model;
    model.warm_up()?;
    let rows = [("prefix only", false), ("with suffix", true)]
        .map(|(name, shows_suffix)| evaluate(&mut model, &cases, name, shows_suffix, options));
    let [without, with] = rows;
    let report = Report {
        model: model.manifest().id.clone(),
        cases: cases.len(),
        rows: vec![without?, with?],
        peak_resident_bytes: memory::peak_resident_bytes(),
    };
    if options.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        put!("{report}");
    }
    Ok(())
}

fn read_cases(path: &Path, limit: Option<usize>) -> anyhow::Result<Vec<Case>> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let cases: Vec<Case> = lines
        .take(limit.unwrap_or(usize::MAX))
        .map(|(idx, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("line {} of {name} is no case", idx + 1))
        })
        .collect::<Result<_, _>>()?;
    if cases.is_empty() {
        bail!("{name} has no cases");
    }
    Ok(cases)
}

fn evaluate(
    model: &mut Model,
    cases: &[Case],
    name: &'static str,
    shows_suffix: bool,
    options: &EvalOptions,
) -> anyhow::Result<Row> {
    let config = GenerationConfig {
        max_prompt_tokens: options.max_prompt_tokens,
        n_draft_tokens: options.drafts,
        recent: Some(RecentCompletions::default()),
        ..GenerationConfig::default()
    };
    let plain = GenerationConfig { n_draft_tokens: Some(0), recent: None, ..config.clone() };
    let is_compared = options.drafts.is_some_and(|n| n > 0);
    let mut score = Score::default();
    for (idx, case) in cases.iter().enumerate() {
        let prompt = case.prompt(shows_suffix, options.detect_language);
        let timed_plain = |model: &mut Model| timed(model, &prompt, &plain);
        let before = (is_compared && idx % 2 == 1).then(|| timed_plain(model)).transpose()?;
        let (generation, latency) = timed(model, &prompt, &config)?;
        let after = (is_compared && idx % 2 == 0).then(|| timed_plain(model)).transpose()?;
        score.add(&generation, latency, &case.target);
        if let Some((plain, latency)) = before.or(after) {
            score.compare(&generation, &plain, latency);
        }
    }
    Ok(score.row(name))
}

/// Completes a prompt as if it were a new one.
fn timed(
    model: &mut Model,
    prompt: &Prompt,
    config: &GenerationConfig,
) -> anyhow::Result<(Generation, Duration)> {
    model.forget_prompt();
    let started = Instant::now();
    let generation = model.generate(prompt, config, &CancelToken::new(), &mut never_stop)?;
    Ok((generation, started.elapsed()))
}

impl Case {
    fn prompt(&self, shows_suffix: bool, detects_language: bool) -> Prompt {
        let suffix = if shows_suffix { self.suffix.clone() } else { String::new() };
        let language = if detects_language {
            Language::detect(&self.prefix)
        } else {
            self.language.parse().unwrap_or_default()
        };
        Prompt {
            segments: Segments { prefix: self.prefix.clone(), suffix },
            language,
            mode: Mode::Line,
        }
    }
}

/// Sums over the cases of one row.
#[derive(Debug, Default)]
struct Score {
    n_exact: usize,
    similarity: f64,
    latencies: Vec<Duration>,
    n_tokens: usize,
    n_runs: usize,
    /// Of every case completed without drafts.
    plain_latencies: Vec<Duration>,
    n_identical: usize,
}

impl Score {
    fn add(&mut self, generation: &Generation, latency: Duration, target: &str) {
        self.latencies.push(latency);
        self.n_tokens += generation.n_tokens();
        self.n_runs += generation.n_decoder_runs;
        self.judge(&generation.text, target);
    }

    /// Adds the same completion without drafts.
    fn compare(&mut self, drafted: &Generation, plain: &Generation, latency: Duration) {
        self.plain_latencies.push(latency);
        self.n_identical += usize::from(drafted.token_ids == plain.token_ids);
    }

    fn judge(&mut self, completion: &str, target: &str) {
        let (completion, target) = (completion.trim_end(), target.trim_end());
        self.n_exact += usize::from(completion == target);
        self.similarity += strsim::normalized_levenshtein(completion, target);
    }

    fn row(self, name: &'static str) -> Row {
        let n = self.latencies.len() as f64;
        Row {
            context: name,
            exact_match: self.n_exact as f64 / n,
            edit_similarity: self.similarity / n,
            latency: Percentiles::of(self.latencies),
            tokens_per_run: self.n_tokens as f64 / self.n_runs as f64,
            drafts: (!self.plain_latencies.is_empty()).then(|| Drafts {
                identical: self.n_identical,
                latency_without: Percentiles::of(self.plain_latencies),
            }),
        }
    }
}

/// Figures of one way to show the context.
#[derive(Debug, Serialize)]
struct Row {
    context: &'static str,
    exact_match: f64,
    edit_similarity: f64,
    latency: Percentiles,
    tokens_per_run: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    drafts: Option<Drafts>,
}

/// What drafts changed: time, and nothing else.
#[derive(Debug, Serialize)]
struct Drafts {
    /// Cases whose tokens are the same without drafts.
    identical: usize,
    latency_without: Percentiles,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Report {
    model: String,
    cases: usize,
    rows: Vec<Row>,
    peak_resident_bytes: Option<u64>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {} cases, one line each, greedy", self.model, self.cases)?;
        let mut table = Table::new([
            "context",
            "exact match",
            "edit similarity",
            "latency p50",
            "p95",
            "tokens/run",
        ]);
        for row in &self.rows {
            table.push([
                row.context.to_owned(),
                format!("{:.3}", row.exact_match),
                format!("{:.3}", row.edit_similarity),
                format!("{:.1} ms", row.latency.p50_ms),
                format!("{:.1} ms", row.latency.p95_ms),
                format!("{:.2}", row.tokens_per_run),
            ]);
        }
        write!(f, "{table}")?;
        for (row, drafts) in self.rows.iter().filter_map(|row| Some((row, row.drafts.as_ref()?))) {
            let Drafts { identical, latency_without } = drafts;
            writeln!(
                f,
                "{}: {identical} of {} the same without drafts, then {:.1} ms (p50)",
                row.context, self.cases, latency_without.p50_ms
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_at_the_end_does_not_count() {
        let mut score = Score { latencies: vec![Duration::ZERO; 3], n_runs: 1, ..Score::default() };
        score.judge("return x", "return x  ");
        score.judge(" return x", "return x");
        score.judge("", "ab");
        let row = score.row("test");
        assert!(
            (row.exact_match - 1.0 / 3.0).abs() < 1e-9,
            "only the first is exact: {}",
            row.exact_match
        );
        let expected = (1.0 + 8.0 / 9.0 + 0.0) / 3.0;
        assert!(
            (row.edit_similarity - expected).abs() < 1e-9,
            "one of nine characters differs in the second"
        );
    }

    #[test]
    fn a_line_that_is_no_case_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.jsonl");
        std::fs::write(
            &path,
            "{\"language\":\"rust\",\"prefix\":\"a\",\"target\":\"b\"}\n\nnonsense\n",
        )
        .unwrap();
        let message = format!("{:#}", read_cases(&path, None).unwrap_err());
        assert!(message.contains("line 3 of") && message.contains("cases.jsonl"), "{message}");
        assert_eq!(read_cases(&path, Some(1)).unwrap().len(), 1, "the limit stops before it");
    }
}
