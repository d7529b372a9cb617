//! `pounce models info`: everything known about one model, from the catalogue, its manifest and the
//! measurements on this machine.

use anyhow::bail;
use pounce_engine::PromptForm;
use pounce_model_format::{Architecture, ModelManifest, PromptTemplate, Quantization};
use pounce_service::assessment::Assessment;
use pounce_service::settings::Device;
use pounce_service::units::ms;
use pounce_service::{ContextKind, ThreadChoice};
use pounce_service::{InstalledModel, Measured, ModelId, ModelSpec, SourceSpec};

use super::environment::{Environment, megabytes};
use super::list;
use crate::output::say;

/// Prints the facts about a model.
///
/// # Errors
/// An error if neither the catalogue nor this disk has the model, or if its manifest is damaged.
pub(super) fn run(environment: &Environment, id: &ModelId) -> anyhow::Result<()> {
    let (spec, model) = (environment.catalog.get(id), environment.registry.get(id));
    if spec.is_none() && model.is_none() {
        bail!("there is no model {id}: `pounce models list` shows those that are");
    }
    line("id", id.as_str());
    if let Some(spec) = spec {
        of_catalogue(spec);
    }
    match model {
        None => line("installed", &format!("no; `pounce models add {id}` installs it")),
        Some(model) => of_disk(environment, model)?,
    }
    Ok(())
}

/// The measured speed of a model in words; `None` before it was measured.
pub(super) fn speed(measured: &Measured) -> Option<String> {
    let speed = measured.speed?;
    let (reading, writing) = (ms(speed.encode_per_token()), ms(speed.decode_per_token()));
    Some(format!("{reading:.2} ms to read a token, {writing:.1} ms to write one"))
}

/// Prints what an assessment has shown.
pub(super) fn assessment(found: &Assessment) {
    line("asked", &form(&found.form));
    let quality = ContextKind::ALL.map(|kind| {
        let measure = 100.0 * found.quality.of(kind);
        format!("{} {measure:.0}", kind.name())
    });
    line("quality", &format!("of 100: {}", quality.join(", ")));
}

/// How a model is asked, in words.
fn form(form: &PromptForm) -> String {
    let below = if form.shows_lines_below { "with" } else { "without" };
    let language = if form.names_language { ", with the language's name in front" } else { "" };
    let limit = form.max_prefix_tokens.map(|n| format!(", with {n} tokens before the cursor"));
    format!("{below} the lines below{language}{}", limit.unwrap_or_default())
}

/// The device that the tray app ran it on when it last loaded it.
fn device(wanted: Device, device_fallback_reason: Option<&str>) -> String {
    match (wanted, device_fallback_reason) {
        (Device::Cpu, _) => "processor".to_owned(),
        (Device::Cuda, None) => "NVIDIA GPU".to_owned(),
        (Device::Cuda, Some(why)) => format!("processor, not the GPU: {why}"),
    }
}

/// The chosen thread count, and the measurements behind it.
pub(super) fn threads_in_words(choice: &ThreadChoice) -> String {
    let times: Vec<String> = choice
        .times()
        .map(|(threads, time)| format!("{:.0} ms with {threads}", ms(time)))
        .collect();
    format!("{} (10 tokens after 256: {})", choice.threads, times.join(", "))
}

fn line(name: &str, value: &str) {
    say!("{name:<14}{value}");
}

fn of_catalogue(spec: &ModelSpec) {
    line("name", &spec.name);
    line("summary", &spec.summary);
    line("family", &spec.family);
    line("tier", list::tier(spec.tier));
    line("licence", &spec.licence);
    line("parameters", &format!("{:.1} million", spec.n_parameters as f64 / 1e6));
    line("context", &format!("{} tokens", spec.context_tokens));
    if !spec.languages.is_empty() {
        line("languages", &spec.languages.join(", "));
    }
    match &spec.source {
        None => line("source", "comes with pounce"),
        Some(source) => of_source(source),
    }
}

fn of_source(source: &SourceSpec) {
    let unpinned = "not pinned: what `main` is at the first download";
    line("source", &source.repo);
    line("revision", source.revision.as_deref().unwrap_or(unpinned));
    for file in &source.files {
        let unknown = "checksum unknown: noted at the first download";
        line("file", &format!("{} ({})", file.path, file.sha256.as_deref().unwrap_or(unknown)));
    }
}

fn of_disk(environment: &Environment, model: &InstalledModel) -> anyhow::Result<()> {
    let manifest = ModelManifest::load(&model.dir)?;
    let is_default = environment.default_model() == Some(&model.id);
    line("installed", &format!("{}, {}", model.dir.display(), megabytes(model.disk_bytes)));
    line("default", if is_default { "yes" } else { "no" });
    line("weights", weights(manifest.quantization));
    line("architecture", architecture(manifest.architecture));
    line("cursor", prompt(&manifest.prompt));
    line("prompt", &format!("at most {} tokens", model.max_prompt_tokens));
    let measured = environment.measured(model);
    line("speed", speed(&measured).as_deref().unwrap_or("not measured yet"));
    let Measured {
        resident_bytes,
        load_ms,
        threads,
        device_fallback_reason,
        assessment: found,
        ..
    } = measured;
    line(
        "device",
        &device(environment.settings().models.device, device_fallback_reason.as_deref()),
    );
    line("threads", &threads.as_ref().map_or("not measured yet".to_owned(), threads_in_words));
    match &found {
        Some(found) => assessment(found),
        None => line("asked", &format!("not measured yet: `pounce models assess {}`", model.id)),
    }
    if let (Some(bytes), Some(ms)) = (resident_bytes, load_ms) {
        line("memory", &format!("{}, loaded in {ms} ms", megabytes(bytes)));
    }
    Ok(())
}

fn weights(quantization: Quantization) -> &'static str {
    match quantization {
        Quantization::None => "32-bit floats",
        Quantization::Int8 => "8 bits",
        Quantization::Int4 => "4 bits in the decoder, 8 elsewhere",
    }
}

fn architecture(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::EncoderDecoder => "encoder and decoder",
        Architecture::DecoderOnly => "decoder",
    }
}

fn prompt(template: &PromptTemplate) -> &'static str {
    match template {
        PromptTemplate::Sentinel(_) | PromptTemplate::FillInTheMiddle(_) => {
            "sees the code on both sides of it"
        }
        PromptTemplate::Plain => "sees the code before it alone",
    }
}
