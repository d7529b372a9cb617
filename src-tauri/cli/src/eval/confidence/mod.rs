//! `pounce eval --calibration`: how well a model knows when it is right, on cases that its
//! [confidence] was not fitted to; or, with `--fit`, fits it.
//!
//! A case is one of lines, with the code after the cursor if it has any. Right is a completion that is
//! the target but for white space at its ends.
//!
//! [confidence]: pounce_service::confidence

mod judged;
mod report;

use std::path::Path;

use anyhow::{Context, bail};
use pounce_engine::{GenerationConfig, Model};
use pounce_fitting::Candidate;
use pounce_service::confidence::{Example, Features, fit};

use super::cases;
use super::lines::case::Case;
use super::options::EvalOptions;
use crate::loading;
use crate::output::{print_report, say};

use judged::Judged;
use report::Report;

/// Completes the cases, and fits the confidence or prints how good it is.
///
/// # Errors
/// If the file is no list of cases, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let parse = |_: &Path, line: &str| Ok(serde_json::from_str(line)?);
    let cases: Vec<Case> = cases::read_all(&options.cases(), options.limit, parse)?;
    let mut loaded = loading::load(&options.model)?;
    let (config, confidence) = (options.config(loaded.form()), loaded.confidence());
    let model = &mut loaded.model;
    let examples = examples(model, &config, &cases, options)?;
    if let Some(file) = &options.fit {
        return fit_to(file, &examples);
    }
    let judge = |(language, Example { features, is_right })| Judged {
        language,
        confidence: confidence.confidence(&features),
        is_right,
    };
    let judged = examples.into_iter().map(judge).collect();
    print_report(&Report::new(&model.manifest().id, judged), options.json)
}

/// Completes every case, and returns its language beside the result. Those of which nothing fits are
/// left out, and with them what has no probability.
fn examples(
    model: &mut Model,
    config: &GenerationConfig,
    cases: &[Case],
    options: &EvalOptions,
) -> anyhow::Result<Vec<(String, Example)>> {
    model.warm_up()?;
    let mut examples = Vec::new();
    for case in cases.iter().filter(|case| !case.prefix.trim().is_empty()) {
        let request = case.request(true, options);
        let best = request.complete(model, config, false)?.best;
        let Candidate { generation, fitted } = best;
        let features = Features::of(&generation, &request.prompt.segments);
        if let Some(features) = features.filter(|_| !fitted.text.trim().is_empty()) {
            let is_right = fitted.text.trim() == case.target.trim();
            examples.push((case.language.clone(), Example { features, is_right }));
        }
    }
    Ok(examples)
}

fn fit_to(file: &Path, examples: &[(String, Example)]) -> anyhow::Result<()> {
    let examples: Vec<Example> = examples.iter().map(|(_, example)| *example).collect();
    let n = examples.len();
    let Some(fitted) = fit(&examples) else {
        bail!("nothing can be learnt of {n} completions that are all right or all wrong");
    };
    fitted.save(file).with_context(|| format!("cannot write {}", file.display()))?;
    let n_right = examples.iter().filter(|example| example.is_right).count();
    say!("fitted to {n} completions, {n_right} of them right: {}", file.display());
    Ok(())
}
