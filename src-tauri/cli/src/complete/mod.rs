//! `pounce complete`: one completion in the terminal.

mod completed;
mod options;
mod report;

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use pounce_engine::PromptForm;
use pounce_fitting::{Candidate, rank};
use pounce_service::engines::remote;
use pounce_service::settings::{Remote, RemoteEngine};

use crate::open_settings::OpenSettings;
use crate::output::say;
use crate::snippet_request::{SnippetRequest, language_of_file};
use crate::{input, loading, projects};

use completed::Completed;
pub(crate) use options::CompleteOptions;
use report::{Report, rejection, timings};

/// Completes a file or standard input.
///
/// # Errors
/// One line that names what is wrong with the input or the model.
pub(crate) fn run(options: &CompleteOptions) -> anyhow::Result<()> {
    let text = input::read(&options.file)?;
    let language = options.language.or_else(|| language_of_file(&options.file));
    let mut request = SnippetRequest::new(&text, &options.cursor, language, options.mode);
    if let Some(folder) = &options.project {
        locate(&mut request, folder)?;
    }
    let completed = match remote_engine(&options.model.model)? {
        Some((engine, remote)) => complete_there(&engine, &remote, &request, options)?,
        None => complete_here(&request, options)?,
    };
    if options.json {
        let report = Report::new(&completed, request.prompt.language);
        say!("{}", serde_json::to_string(&report)?);
        return Ok(());
    }
    let Candidate { generation, fitted } = &completed.ranked.best;
    say!("{}", fitted.text);
    eprint!("{}{}", rejection(fitted), timings(generation, completed.load));
    Ok(())
}

/// Takes the code around the snippet from a folder, and says which file it was.
fn locate(request: &mut SnippetRequest, folder: &Path) -> anyhow::Result<()> {
    match request.locate(&projects::read(folder)?) {
        Ok(place) if place.is_ambiguous() => {
            eprintln!("the code stands in {} places, so nothing around it is read", place.n_equal);
        }
        Ok(place) => eprintln!("with {}, line {}", place.name.display(), place.line + 1),
        Err(why) => eprintln!("the code is completed alone: {why}"),
    }
    Ok(())
}

fn complete_here(request: &SnippetRequest, options: &CompleteOptions) -> anyhow::Result<Completed> {
    let mut loaded = loading::load(&options.model)?;
    let config = options.config(loaded.form());
    let ranked = request.complete(&mut loaded.model, &config, options.json)?;
    let (model, load) = (loaded.model.manifest().id.clone(), loaded.load);
    Ok(Completed { model, ranked, load })
}

fn complete_there(
    engine: &RemoteEngine,
    remote: &Remote,
    request: &SnippetRequest,
    options: &CompleteOptions,
) -> anyhow::Result<Completed> {
    let (prompt, config) = (request.prompt.clone(), options.config(PromptForm::default()));
    let asking = remote::complete(engine, remote.allow_plain_http, prompt, config);
    let generation = crate::remote::runtime()?.block_on(asking)?;
    let ranked = rank(request.prompt.mode, request.candidate(generation), []);
    Ok(Completed { model: engine.id.to_string(), ranked, load: Duration::ZERO })
}

/// The remote engine of that name, if it is one and no model of this machine has it.
///
/// # Errors
/// If remote engines are turned off.
fn remote_engine(model: &str) -> anyhow::Result<Option<(RemoteEngine, Remote)>> {
    if loading::is_here(model) {
        return Ok(None);
    }
    let remote = OpenSettings::open()?.settings.remote;
    let Some(engine) = remote.engines.iter().find(|engine| engine.id.as_str() == model) else {
        return Ok(None);
    };
    if !remote.enabled {
        bail!("{model} is on another machine, and remote engines are off: `pounce remote on`");
    }
    Ok(Some((engine.clone(), remote)))
}
