//! How good a model is at single lines, with and without the code after the cursor.
//!
//! A case is a JSON object of language, prefix, suffix and target. A completion is exact if it is
//! the target but for white space at its end; edit similarity is 1 minus the Levenshtein distance
//! over the longer length. Where code follows the cursor on its own line, [`InsideLine`](inside_line::InsideLine) counts what
//! goes wrong there. A case without code before the cursor cannot be completed, and is counted apart.
//! If drafts are asked for, every case is also completed without them, now before and now after: the
//! tokens have to be the same.

pub(super) mod case;
mod inside_line;
mod report;
mod score;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use pounce_engine::{
    CancelToken, Generation, GenerationConfig, Model, Prompt, RecentCompletions, never_stop,
};

use pounce_fitting::Ranked;

use super::cases;
use super::options::EvalOptions;
use crate::output::print_report;
use crate::{loading, memory};

use case::Case;
use report::{Report, Row};
use score::Score;

/// Evaluates a model and prints a table or JSON.
///
/// # Errors
/// If the file is no list of cases, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let cases = cases::read_all(&options.cases(), options.limit, parse)?;
    let (blank, cases): (Vec<_>, Vec<_>) =
        cases.into_iter().partition(|case| case.prefix.trim().is_empty());
    if cases.is_empty() {
        bail!("no case of {} has code before the cursor", options.cases().display());
    }
    let mut loaded = loading::load(&options.model)?;
    let config = options.config(loaded.form());
    let model = &mut loaded.model;
    model.warm_up()?;
    let rows = [("prefix only", false), ("with suffix", true)].map(|(name, shows_suffix)| {
        evaluate(model, &config, &cases, (name, shows_suffix), options)
    });
    let [without, with] = rows;
    let report = Report {
        model: model.manifest().id.clone(),
        cases: cases.len(),
        blank: blank.len(),
        rows: vec![without?, with?],
        peak_resident_bytes: memory::peak_resident_bytes(),
    };
    print_report(&report, options.json)
}

fn parse(_: &Path, line: &str) -> anyhow::Result<Case> {
    Ok(serde_json::from_str(line)?)
}

fn evaluate(
    model: &mut Model,
    config: &GenerationConfig,
    cases: &[Case],
    (name, shows_suffix): (&'static str, bool),
    options: &EvalOptions,
) -> anyhow::Result<Row> {
    let recent = Some(RecentCompletions::default());
    let config = GenerationConfig { recent, ..config.clone() };
    let plain = GenerationConfig { n_draft_tokens: Some(0), recent: None, ..config.clone() };
    let is_compared = options.drafts.is_some_and(|n| n > 0);
    let mut score = Score::default();
    for (idx, case) in cases.iter().enumerate() {
        let request = case.request(shows_suffix, options);
        let prompt = &request.prompt;
        let timed_plain = |model: &mut Model| timed(model, prompt, &plain);
        let before = (is_compared && idx % 2 == 1).then(|| timed_plain(model)).transpose()?;
        let (generation, latency) = timed(model, prompt, &config)?;
        let after = (is_compared && idx % 2 == 0).then(|| timed_plain(model)).transpose()?;
        score.add(&generation, latency);
        if let Some((plain, latency)) = before.or(after) {
            score.compare(&generation, &plain, latency);
        }
        let searching = Instant::now();
        let Ranked { best, others } = request.search(model, &config, generation, true)?;
        score.searches.push(searching.elapsed());
        score.judge(&best.fitted.text, &case.target);
        score.judge_all([&best].into_iter().chain(&others), &case.target);
        if let Some(rest) = case.rest_of_line().filter(|_| shows_suffix) {
            score.inside_line.judge(&best.fitted.text, &case.target, rest);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_case_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.jsonl");
        std::fs::write(
            &path,
            "{\"language\":\"rust\",\"prefix\":\"a\",\"target\":\"b\"}\n\nnonsense\n",
        )
        .unwrap();
        let message = format!("{:#}", cases::read_all(&path, None, parse).unwrap_err());
        assert!(message.contains("line 3 of") && message.contains("cases.jsonl"), "{message}");
        assert_eq!(
            cases::read_all(&path, Some(1), parse).unwrap().len(),
            1,
            "the limit stops before it"
        );
    }
}
