//! `pounce remote`: engines on other machines. The engines and the switch are settings. Keys are
//! kept in the system's keyring, and read from standard input so that they reach no shell history.

use std::io::{IsTerminal, Read};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use pounce_service::engines::remote;
use pounce_service::settings::{Remote, RemoteEngine, RemoteKind, SettingsError};
use pounce_service::units::ms;
use pounce_service::{KEY_VARIABLE, Keys, ModelId, Settings};
use tokio::runtime::Runtime;

use crate::open_settings::OpenSettings;
use crate::output::{put, say};
use crate::table::Table;

#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {
    /// List the engines, and whether they may be asked
    List,
    /// Add an engine, or change the one of that name; it is not asked before `pounce remote on`
    Add(AddOptions),
    /// Remove an engine and its key
    Remove {
        /// Its name
        name: String,
    },
    /// Keep an engine's key in the system's keyring; the key is read from standard input
    Key {
        /// The engine's name
        name: String,
        /// Forget the key instead
        #[arg(long)]
        remove: bool,
    },
    /// Ask an engine for a few tokens of a fixed text
    Test {
        /// Its name
        name: String,
    },
    /// Allow the engines to be asked: code leaves this machine from then on
    On {
        /// Ask them before the models of this machine
        #[arg(long)]
        prefer: bool,
    },
    /// Ask none of them
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct AddOptions {
    /// Its address, such as https://host/v1; `/v1` may be left out, and an endpoint may follow
    pub(crate) url: String,
    /// Its name among the models; the address' host if left out
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// What the server calls the model; not needed where it has only one
    #[arg(long, default_value = "")]
    pub(crate) model: String,
    /// How it takes the code after the cursor: openai (a `suffix` field: Ollama), llama-cpp
    /// (/infill of llama.cpp's own server), fim (Qwen's prompt is written here: vLLM, Ray Serve,
    /// LM Studio, llama-cpp-python), plain (not at all). Left out, it is llama-cpp where the address
    /// ends with /infill, else openai
    #[arg(long, value_parser = kind)]
    pub(crate) kind: Option<RemoteKind>,
    /// The longest prompt it is sent, in tokens
    #[arg(long)]
    pub(crate) context: Option<usize>,
    /// Allow http:// to other machines: code travels unencrypted
    #[arg(long)]
    pub(crate) allow_plain_http: bool,
}

fn kind(name: &str) -> Result<RemoteKind, String> {
    let found = RemoteKind::ALL.iter().find(|(_, known)| *known == name);
    let names = RemoteKind::ALL.map(|(_, name)| name).join(", ");
    found.map(|(kind, _)| *kind).ok_or_else(|| format!("it is one of {names}"))
}

/// Runs a sub-command. Returns whether a running app has to reload the settings.
///
/// # Errors
/// One line that names the engine or the setting and the remedy.
pub(crate) fn run(command: &RemoteCommand) -> anyhow::Result<bool> {
    let mut open = OpenSettings::open()?;
    let settings = &mut open.settings;
    match command {
        RemoteCommand::List => {
            put!("{}", list(&settings.remote)?);
            return Ok(false);
        }
        RemoteCommand::Test { name } => {
            test(&settings.remote, name)?;
            return Ok(false);
        }
        RemoteCommand::Key { name, remove } => {
            let id = &engine(&settings.remote, name)?.id;
            if *remove {
                remove_key(id)?
            } else {
                keep_key(id)?
            }
            return Ok(true);
        }
        RemoteCommand::Add(options) => put_in(settings, options)?,
        RemoteCommand::Remove { name } => take_out(settings, name)?,
        RemoteCommand::On { prefer } => {
            settings.remote.enabled = true;
            settings.remote.prefer = *prefer;
            say!("{}", destinations(&settings.remote));
        }
        RemoteCommand::Off => settings.remote.enabled = false,
    }
    open.save()?;
    Ok(true)
}

/// Adds an engine, or changes the one of that name.
fn put_in(settings: &mut Settings, options: &AddOptions) -> anyhow::Result<()> {
    let known = settings.remote.clone();
    let id = add(&mut settings.remote, options);
    settings.validate().map_err(|fields| SettingsError::Fields { fields })?;
    let added = engine(&settings.remote, id.as_str())?;
    follow(known.get(&id), added)?;
    if known.enabled && !settings.remote.enabled {
        let host = added.host();
        say!("{host} is new: no engine is asked before `pounce remote on` allows it too");
    }
    Ok(())
}

/// The engines as a table, below a line that says whether they are used.
fn list(remote: &Remote) -> anyhow::Result<String> {
    let state = match (remote.enabled, remote.prefer) {
        (false, _) => "off: none of them is asked (`pounce remote on`)",
        (true, false) => "on: asked where no model of this machine can answer",
        (true, true) => "on: asked before the models of this machine",
    };
    let mut table = Table::new(["name", "kind", "address", "model", "key"]);
    let runtime = runtime()?;
    for engine in &remote.engines {
        let has_key = runtime.block_on(Keys::default().has(&engine.id));
        table.push([
            engine.id.to_string(),
            engine.kind.to_string(),
            engine.url.clone(),
            engine.model.clone(),
            if has_key { "yes" } else { "no" }.to_owned(),
        ]);
    }
    Ok(format!("{state}\n{table}"))
}

/// Says where code goes from now on.
fn destinations(remote: &Remote) -> String {
    match remote.hosts().as_slice() {
        [] => "on: no engine is on another machine, so code stays on this one".to_owned(),
        hosts => format!("on: code may be sent to {}", hosts.join(", ")),
    }
}

/// Adds an engine, or changes the one with its name. Returns the name.
fn add(remote: &mut Remote, options: &AddOptions) -> ModelId {
    let id = options.name.as_deref().unwrap_or("").into();
    let kind = options.kind.unwrap_or_else(|| RemoteKind::of_address(&options.url));
    let mut engine = RemoteEngine::new(id, options.url.clone(), kind);
    if options.name.is_none() {
        engine.id = engine.host().into();
    }
    let id = engine.id.clone();
    engine.model = options.model.clone();
    engine.context_tokens = options.context.unwrap_or(engine.context_tokens);
    remote.allow_plain_http |= options.allow_plain_http;
    remote.put(Some(&id), engine).expect("an engine may have its own name");
    id
}

/// Deletes the key of an engine whose server has changed: a key is sent to no other server.
fn follow(known: Option<&RemoteEngine>, engine: &RemoteEngine) -> anyhow::Result<()> {
    let (keys, runtime) = (Keys::default(), runtime()?);
    let had_key = known.is_some() && runtime.block_on(keys.has(&engine.id));
    runtime.block_on(keys.follow(known, engine, None))?;
    if had_key && !runtime.block_on(keys.has(&engine.id)) {
        let id = &engine.id;
        say!(
            "{id} is another server now: its key is forgotten; `pounce remote key {id}` takes one"
        );
    }
    Ok(())
}

fn take_out(settings: &mut Settings, name: &str) -> anyhow::Result<()> {
    let id = engine(&settings.remote, name)?.id.clone();
    settings.remove_engine(&id);
    remove_key(&id)
}

fn remove_key(id: &ModelId) -> anyhow::Result<()> {
    Ok(runtime()?.block_on(Keys::default().remove(id))?)
}

/// Reads the key from standard input.
fn keep_key(id: &ModelId) -> anyhow::Result<()> {
    if std::io::stdin().is_terminal() {
        eprintln!("the key of {id}, then Ctrl-D; {KEY_VARIABLE}… in the environment does as well:");
    }
    let mut key = String::new();
    std::io::stdin().read_to_string(&mut key).context("cannot read the key")?;
    Ok(runtime()?.block_on(Keys::default().set(id, &key))?)
}

fn test(remote: &Remote, name: &str) -> anyhow::Result<()> {
    let engine = engine(remote, name)?;
    let checked = runtime()?.block_on(remote::check(engine, remote.allow_plain_http))?;
    let remote::Checked { took, n_tokens } = checked;
    say!("{name} completes: tokens {n_tokens}, {:.0} ms", ms(took));
    Ok(())
}

/// The engine called `name`.
///
/// # Errors
/// One line that lists the known names.
pub(crate) fn engine<'a>(remote: &'a Remote, name: &str) -> anyhow::Result<&'a RemoteEngine> {
    let found = remote.engines.iter().find(|engine| engine.id.as_str() == name);
    let Some(engine) = found else {
        let names: Vec<_> = remote.engines.iter().map(|engine| engine.id.as_str()).collect();
        bail!(
            "there is no remote engine {name:?}: see `pounce remote list` ({})",
            names.join(", ")
        );
    };
    Ok(engine)
}

/// A runtime for the few requests that a sub-command sends.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().context("cannot wait for a server")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: Option<&str>, kind: RemoteKind) -> AddOptions {
        AddOptions {
            url: "https://models.example.org:8000/v1".to_owned(),
            name: name.map(str::to_owned),
            model: "qwen".to_owned(),
            kind: Some(kind),
            context: None,
            allow_plain_http: false,
        }
    }

    #[test]
    fn an_engine_is_added_once_and_not_turned_on() {
        let mut remote = Settings::default().remote;
        add(&mut remote, &options(None, RemoteKind::Openai));
        add(&mut remote, &options(Some("far"), RemoteKind::Openai));
        add(&mut remote, &options(Some("far"), RemoteKind::Fim));
        let ids: Vec<_> = remote.engines.iter().map(|engine| engine.id.as_str()).collect();
        assert_eq!(ids, ["models.example.org", "far"], "the host is a name");
        assert_eq!(engine(&remote, "far").unwrap().kind, RemoteKind::Fim, "the later one counts");
        assert!(!remote.enabled, "only the user turns it on");
        let error = engine(&remote, "near").unwrap_err().to_string();
        assert!(error.contains("models.example.org, far"), "{error}");
    }

    #[test]
    fn the_address_of_an_endpoint_tells_the_kind() {
        let mut remote = Settings::default().remote;
        let url = "http://127.0.0.1:8080/infill".to_owned();
        add(&mut remote, &AddOptions { url, kind: None, ..options(Some("near"), RemoteKind::Fim) });
        assert_eq!(engine(&remote, "near").unwrap().kind, RemoteKind::LlamaCpp);
    }

    #[test]
    fn turning_the_engines_on_says_where_code_goes() {
        let mut remote = Settings::default().remote;
        assert!(destinations(&remote).contains("code stays on this one"), "there is no engine");
        let near = AddOptions {
            url: "http://127.0.0.1:8080".to_owned(),
            ..options(Some("near"), RemoteKind::LlamaCpp)
        };
        add(&mut remote, &near);
        assert!(destinations(&remote).contains("code stays on this one"), "and a loopback server");
        add(&mut remote, &options(Some("far"), RemoteKind::Fim));
        add(&mut remote, &options(Some("farther"), RemoteKind::Fim));
        let other = AddOptions {
            url: "https://gpu.example.org".to_owned(),
            ..options(Some("gpu"), RemoteKind::Fim)
        };
        add(&mut remote, &other);
        let told = "on: code may be sent to models.example.org, gpu.example.org";
        assert_eq!(destinations(&remote), told, "each host once, and no other");
    }

    #[test]
    fn an_engine_that_goes_is_chosen_no_more() {
        let mut settings = Settings::default();
        add(&mut settings.remote, &options(Some("far"), RemoteKind::Openai));
        settings.models.pinned = Some("far".into());
        settings.models.default = Some("near".into());
        take_out(&mut settings, "far").unwrap();
        assert_eq!((settings.models.pinned, settings.remote.engines.len()), (None, 0));
        assert_eq!(settings.models.default, Some("near".into()));
    }

    #[test]
    fn kinds_have_the_names_of_the_settings() {
        assert_eq!(kind("llama-cpp"), Ok(RemoteKind::LlamaCpp));
        assert!(kind("ollama").unwrap_err().contains("openai, llama-cpp, fim, plain"));
    }
}
