//! `pounce complete`: one completion in the terminal.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use pounce_engine::{
    CancelToken, DEFAULT_CURSOR_MARKER, FinishReason, Generation, GenerationConfig, Language,
    Prompt, Segments, StageTimings, never_stop,
};
use pounce_service::Paths;
use pounce_service::engines::remote;
use pounce_service::settings::{Remote, RemoteEngine, SettingsFile};
use serde::Serialize;

use crate::mode_argument::ModeArgument;
use crate::model_options::ModelOptions;
use crate::output::say;
use crate::{input, loading, memory};

#[derive(Debug, Args)]
pub(crate) struct CompleteOptions {
    /// The file to complete; - is standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// The language of the code; guessed from the file name and the code if left out
    #[arg(long)]
    pub(crate) language: Option<Language>,
    /// How much to complete
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: ModeArgument,
    /// The most tokens to generate
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) max_tokens: u32,
    /// Marks the cursor in the text; code after it is taken into account
    #[arg(long, default_value = DEFAULT_CURSOR_MARKER)]
    pub(crate) cursor: String,
    /// 0 takes the most likely token every time, more is more random
    #[arg(long, default_value_t = 0.0)]
    pub(crate) temperature: f32,
    /// Draw only from the most likely tokens that add up to this probability
    #[arg(long, default_value_t = 1.0)]
    pub(crate) top_p: f32,
    /// Start of the random series
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print one JSON object with completion and timings instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Completes a file or standard input.
///
/// # Errors
/// One line that names what is wrong with the input or the model.
pub(crate) fn run(options: &CompleteOptions) -> anyhow::Result<()> {
    let text = input::read(&options.file)?;
    let prompt = prompt(options, &text);
    let Completed { model, generation, load } = match remote_engine(&options.model.model)? {
        Some((engine, remote)) => complete_there(&engine, &remote, &prompt, options)?,
        None => complete_here(&prompt, options)?,
    };
    if options.json {
        let report = Report::new(&model, &prompt, &generation, load);
        say!("{}", serde_json::to_string(&report)?);
    } else {
        say!("{}", generation.text);
        eprint!("{}", timings(&generation, load));
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
    let generation = model.generate(prompt, &config(options), &cancel, &mut never_stop)?;
    Ok(Completed { model: model.manifest().id.clone(), generation, load })
}

fn complete_there(
    engine: &RemoteEngine,
    remote: &Remote,
    prompt: &Prompt,
    options: &CompleteOptions,
) -> anyhow::Result<Completed> {
    let (prompt, config) = (prompt.clone(), config(options));
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
    let remote = SettingsFile::new(&Paths::find().settings_file()).load().settings.remote;
    let Some(engine) = remote.engines.iter().find(|engine| engine.id.as_str() == model) else {
        return Ok(None);
    };
    if !remote.enabled {
        bail!("{model} is on another machine, and remote engines are off: `pounce remote on`");
    }
    Ok(Some((engine.clone(), remote)))
}

fn prompt(options: &CompleteOptions, text: &str) -> Prompt {
    let segments = Segments::split_at_marker(text, &options.cursor);
    let named = options
        .file
        .extension()
        .and_then(|extension| Language::from_extension(extension.to_str()?));
    let language = options.language.or(named).unwrap_or_else(|| Language::detect(&segments.prefix));
    Prompt { segments, language, mode: options.mode.into() }
}

fn config(options: &CompleteOptions) -> GenerationConfig {
    GenerationConfig {
        max_new_tokens: options.max_tokens as usize,
        temperature: options.temperature,
        top_p: options.top_p,
        seed: options.seed,
        ..GenerationConfig::default()
    }
}

/// The stages with their names, in order.
fn stages(timings: &StageTimings) -> [(&'static str, Duration); 5] {
    [
        ("tokenize", timings.tokenize),
        ("encode", timings.encode),
        ("first token", timings.first_token),
        ("decode", timings.decode),
        ("detokenize", timings.detokenize),
    ]
}

fn timings(generation: &Generation, load: Duration) -> String {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    let timings = &generation.timings;
    let mut lines = format!("{:<12} {:8.1} ms  (once, not counted below)\n", "load", ms(load));
    for (name, duration) in stages(timings) {
        lines += &format!("{name:<12} {:8.1} ms\n", ms(duration));
    }
    lines += &format!("{:<12} {:8.1} ms\n", "total", ms(timings.total()));
    lines
        + &format!(
            "{} after {} prompt and {} new tokens; first token after {:.1} ms, {:.0} tokens/s\n",
            finish_name(generation.finish),
            generation.n_prompt_tokens,
            generation.n_tokens(),
            ms(timings.ttft()),
            timings.tokens_per_second(generation.n_tokens()),
        )
}

fn finish_name(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::Repetition => "repetition",
        FinishReason::Cancelled => "cancelled",
        FinishReason::Yielded => "yielded",
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    completion: &'a str,
    model: &'a str,
    language: &'static str,
    finish: &'static str,
    n_prompt_tokens: usize,
    is_prompt_clipped: bool,
    n_tokens: usize,
    load_ms: f64,
    tokenize_ms: f64,
    encode_ms: f64,
    first_token_ms: f64,
    decode_ms: f64,
    detokenize_ms: f64,
    ttft_ms: f64,
    total_ms: f64,
    tokens_per_second: f64,
    peak_resident_bytes: Option<u64>,
}

impl<'a> Report<'a> {
    fn new(model: &'a str, prompt: &Prompt, generation: &'a Generation, load: Duration) -> Self {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        let timings = &generation.timings;
        Self {
            completion: &generation.text,
            model,
            language: prompt.language.name(),
            finish: finish_name(generation.finish),
            n_prompt_tokens: generation.n_prompt_tokens,
            is_prompt_clipped: generation.is_prompt_clipped,
            n_tokens: generation.n_tokens(),
            load_ms: ms(load),
            tokenize_ms: ms(timings.tokenize),
            encode_ms: ms(timings.encode),
            first_token_ms: ms(timings.first_token),
            decode_ms: ms(timings.decode),
            detokenize_ms: ms(timings.detokenize),
            ttft_ms: ms(timings.ttft()),
            total_ms: ms(timings.total()),
            tokens_per_second: timings.tokens_per_second(generation.n_tokens()),
            peak_resident_bytes: memory::peak_resident_bytes(),
        }
    }
}
