//! `pounce eval --edges`: small inputs of the kinds that go wrong: code inside a line, line numbers,
//! prompts of a terminal, what servers add.
//!
//! A case passes if one of the accepted patterns matches the whole completion and none of the
//! refused ones is found in it. Clean is what has no refused pattern and the right language: a poor
//! answer of the model's may be clean.

mod case;
mod report;

use pounce_engine::{EngineError, GenerationConfig, Model};

use super::cases;
use super::options::EvalOptions;
use crate::loading;
use crate::output::print_report;

use case::Case;
use report::{Answer, Report};

/// Evaluates a model on the cases and prints a table or JSON.
///
/// # Errors
/// If a line is no case, or the model cannot be loaded or run.
pub(crate) fn run(options: &EvalOptions) -> anyhow::Result<()> {
    let cases = cases::read_all(&options.cases(), options.limit, |_, line| Case::parse(line))?;
    let mut loaded = loading::load(&options.model)?;
    let config = options.config(loaded.form());
    let model = &mut loaded.model;
    model.warm_up()?;
    let answers = cases
        .iter()
        .map(|case| answer(case, model, &config, options))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let report = Report::new(model.manifest().id.clone(), answers);
    print_report(&report, options.json)
}

/// Completes the case's text as `pounce complete` does. Nothing before the cursor is an answer
/// without text.
fn answer(
    case: &Case,
    model: &mut Model,
    config: &GenerationConfig,
    options: &EvalOptions,
) -> anyhow::Result<Answer> {
    let request = options.request(&case.text, case.language, case.mode);
    let ranked = match request.complete(model, config, false) {
        Ok(ranked) => ranked,
        Err(EngineError::EmptyPrompt) => {
            return Ok(Answer::new(case, String::new(), None, None, case.judge("", None)));
        }
        Err(error) => return Err(error.into()),
    };
    let fitted = ranked.best.fitted;
    let language = request.prompt.language;
    let verdict = case.judge(&fitted.text, Some(language));
    let rejected = fitted.rejected.map(|rejection| rejection.filter);
    Ok(Answer::new(case, fitted.text, Some(language.name()), rejected, verdict))
}
