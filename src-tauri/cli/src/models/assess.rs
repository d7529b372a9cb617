//! `pounce models assess`: measures how a model is asked best, how good it is and how sure, and keeps it
//! in the profile of this machine. What was stopped goes on where it was.

use std::io::IsTerminal;
use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};
use pounce_engine::{
    DEFAULT_CURSOR_MARKER, EngineError, GenerationConfig, Model, PromptForm, Segments,
};
use pounce_fitting::Candidate;
use pounce_service::assessment::{Assessment, Case, Record, Subject, assess, cases};
use pounce_service::{ModelId, Profile};

use super::environment::Environment;
use super::info;
use crate::loading;
use crate::model_options::ModelOptions;
use crate::output::say;
use crate::snippet_request::SnippetRequest;

/// Steps of the progress bar.
const N_STEPS: u64 = 1000;

/// Assesses an installed model.
///
/// # Errors
/// If it is not installed, cannot be loaded or run, or what was found cannot be written.
pub(super) fn run(environment: &Environment, id: &ModelId) -> anyhow::Result<()> {
    let model = environment.find(id)?;
    let cases = cases();
    let mut record = Record::open(environment.paths.assessment_file(id), model, &cases);
    let loaded = loading::load(&ModelOptions::of(id))?;
    let bar = bar();
    let mut on_progress = |share: f64| {
        bar.set_position((share * N_STEPS as f64) as u64);
        ControlFlow::Continue(())
    };
    let found = assess(&mut Loaded(loaded.model), &cases, &mut record, &mut on_progress)?;
    bar.finish_and_clear();
    info::assessment(&found);
    keep(environment, id, found)?;
    record.discard();
    Ok(())
}

/// Assesses a model that was just installed, if that is wanted: by default where a person can see the
/// progress and stop it.
///
/// # Errors
/// Those of [`run`].
pub(super) fn after_install(
    environment: &Environment,
    id: &ModelId,
    is_wanted: Option<bool>,
) -> anyhow::Result<()> {
    if is_wanted.unwrap_or_else(|| std::io::stderr().is_terminal()) {
        return run(environment, id);
    }
    say!("`pounce models assess {id}` measures how it is asked best");
    Ok(())
}

fn keep(environment: &Environment, id: &ModelId, found: Assessment) -> anyhow::Result<()> {
    let file = environment.paths.profile_file();
    let mut profile = Profile::load(&file, environment.settings().models.threads);
    profile.note_assessment(environment.find(id)?, found);
    Ok(profile.save(&file)?)
}

/// A progress bar at a terminal, else nothing.
fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template =
        "assessing {wide_bar} {percent} %, {eta} left (Ctrl-C stops, and it goes on next time)";
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    ProgressBar::new(N_STEPS).with_style(style)
}

/// A model in memory.
struct Loaded(Model);

impl Subject for Loaded {
    fn complete(&mut self, case: &Case, form: PromptForm) -> Result<Candidate, EngineError> {
        let Segments { prefix, suffix } = &case.prompt.segments;
        let text = format!("{prefix}{DEFAULT_CURSOR_MARKER}{suffix}");
        let language = Some(case.prompt.language);
        let request = SnippetRequest::new(&text, DEFAULT_CURSOR_MARKER, language, case.prompt.mode);
        let config = GenerationConfig { form, ..GenerationConfig::default() };
        Ok(request.complete(&mut self.0, &config, false)?.best)
    }
}
