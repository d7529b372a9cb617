//! `pounce complete`: one completion in the terminal.

mod options;
mod report;

use std::time::Duration;

use anyhow::bail;
use pounce_engine::{CancelToken, Generation, Prompt, never_stop};
use pounce_service::Paths;
use pounce_service::engines::remote;
use pounce_service::settings::{Remote, RemoteEngine, SettingsFile};

use crate::output::say;
use crate::snippet_request::{SnippetRequest, language_of_file};
use crate::{input, loading};

pub(crate) use options::CompleteOptions;
use report::{Report, rejection, timings};

/// Completes a file or standard input.
///
/// # Errors
/// One line that names what is wrong with the input or the model.
pub(crate) fn run(options: &CompleteOptions) -> anyhow::Result<()> {
    let text = input::read(&options.file)?;
    let language = options.language.or_else(|| language_of_file(&options.file));
    let request = SnippetRequest::new(&text, &options.cursor, language, options.mode.into());
    let Completed { model, generation, load } = match remote_engine(&options.model.model)? {
        Some((engine, remote)) => complete_there(&engine, &remote, &request.prompt, options)?,
        None => complete_here(&request.prompt, options)?,
    };
    let fitted = request.fit(&generation);
    if options.json {
        let report = Report::new(&model, request.prompt.language, &generation, &fitted, load);
        say!("{}", serde_json::to_string(&report)?);
    } else {
        say!("{}", fitted.text);
        eprint!("{}{}", rejection(&fitted), timings(&generation, load));
    }
    Ok(())
}

/// What a model did.
struct Completed {
    model: String,
    generation: Generation,
    /// Zero for a server.
    load: Duration,
}

fn complete_here(prompt: &Prompt, options: &CompleteOptions) -> anyhow::Result<Completed> {
    let loading::Loaded { mut model, load, .. } = loading::load(&options.model)?;
    let cancel = CancelToken::new();
    let generation = model.generate(prompt, &options.config(), &cancel, &mut never_stop)?;
    Ok(Completed { model: model.manifest().id.clone(), generation, load })
}

fn complete_there(
    engine: &RemoteEngine,
    remote: &Remote,
    prompt: &Prompt,
    options: &CompleteOptions,
) -> anyhow::Result<Completed> {
    let (prompt, config) = (prompt.clone(), options.config());
    let asking = remote::complete(engine, remote.allow_plain_http, prompt, config);
    let generation = crate::remote::runtime()?.block_on(asking)?;
    Ok(Completed { model: engine.id.to_string(), generation, load: Duration::ZERO })
}

/// The remote engine of that name, if it is one and no model of this machine has it.
///
/// # Errors
/// If remote engines are turned off.
fn remote_engine(model: &str) -> anyhow::Result<Option<(RemoteEngine, Remote)>> {
    if loading::is_here(model) {
        return Ok(None);
    }
    let remote = SettingsFile::new(&Paths::find()?.settings_file()).load().settings.remote;
    let Some(engine) = remote.engines.iter().find(|engine| engine.id.as_str() == model) else {
        return Ok(None);
    };
    if !remote.enabled {
        bail!("{model} is on another machine, and remote engines are off: `pounce remote on`");
    }
    Ok(Some((engine.clone(), remote)))
}
