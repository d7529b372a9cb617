//! The fields of Ollama's requests and answers, by
//! [its documentation](https://github.com/ollama/ollama/blob/main/docs/api.md).

use pounce_service::Sampling;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ask::numbers::{is_random, take_max_tokens, take_sampling};
use crate::http::fields::{Fields, Rule, Rules};
use crate::http::list::OneOrMany;
use crate::http::refusal::Refusal;

/// The fields of a request that have no effect here.
const RULES: &Rules = &[
    ("keep_alive", Rule::Any),
    // Prompts are not put into a template in any case.
    ("raw", Rule::Any),
    ("format", Rule::Only(&[])),
    ("system", Rule::Only(&[])),
    ("template", Rule::Only(&[])),
    ("context", Rule::Only(&[])),
    ("images", Rule::Only(&[])),
    ("think", Rule::Only(&[])),
    ("logprobs", Rule::Only(&[])),
    ("top_logprobs", Rule::Only(&[0.0])),
];

/// The options that have no effect here.
const OPTION_RULES: &Rules = &[
    ("num_ctx", Rule::Any),
    ("num_keep", Rule::Any),
    ("num_batch", Rule::Any),
    ("num_gpu", Rule::Any),
    ("num_gqa", Rule::Any),
    ("num_thread", Rule::Any),
    ("main_gpu", Rule::Any),
    ("low_vram", Rule::Any),
    ("vocab_only", Rule::Any),
    ("use_mmap", Rule::Any),
    ("use_mlock", Rule::Any),
    ("numa", Rule::Any),
    ("repeat_last_n", Rule::Any),
    ("penalize_newline", Rule::Any),
    ("mirostat_tau", Rule::Any),
    ("mirostat_eta", Rule::Any),
    ("top_k", Rule::Bound),
    ("min_p", Rule::Bound),
    ("typical_p", Rule::Bound),
    ("tfs_z", Rule::Bound),
    ("repeat_penalty", Rule::Only(&[1.0])),
    ("presence_penalty", Rule::Only(&[0.0])),
    ("frequency_penalty", Rule::Only(&[0.0])),
    ("mirostat", Rule::Only(&[0.0])),
];

/// A request to `POST /api/generate`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GenerateRequest {
    pub(super) model: String,
    /// Empty only loads the model.
    pub(super) prompt: String,
    pub(super) suffix: Option<String>,
    /// `None` is the settings' limit.
    pub(super) num_predict: Option<usize>,
    pub(super) stop: Vec<String>,
    pub(super) stream: bool,
    pub(super) sampling: Option<Sampling>,
}

impl GenerateRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// A refusal that names the field that is wrong or cannot be had.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(body)?;
        let mut options = fields.take_object("options")?;
        let request = Self {
            model: take_model(&mut fields)?,
            prompt: fields.take("prompt")?.unwrap_or_default(),
            suffix: fields.take("suffix")?.filter(|suffix: &String| !suffix.is_empty()),
            num_predict: take_max_tokens(&mut options, "num_predict")?,
            stop: options.take::<OneOrMany>("stop")?.map_or_else(Vec::new, OneOrMany::into_vec),
            stream: fields.take("stream")?.unwrap_or(true),
            sampling: take_sampling(&mut options)?,
        };
        if request.num_predict == Some(0) {
            return Err(Refusal::of_field("num_predict", "must be at least 1, or -1 for no limit"));
        }
        options.finish(OPTION_RULES, is_random(request.sampling))?;
        fields.finish(RULES, is_random(request.sampling))?;
        Ok(request)
    }
}

/// The name of the model that `POST /api/show` is asked for.
///
/// # Errors
/// A refusal that names the field that is wrong.
pub(super) fn shown_model(body: &[u8]) -> Result<String, Refusal> {
    let mut fields = Fields::parse(body)?;
    let model = take_model(&mut fields)?;
    fields.finish(&[("verbose", Rule::Any)], false)?;
    Ok(model)
}

/// Takes the name of the model, which older clients send as `name`.
fn take_model(fields: &mut Fields) -> Result<String, Refusal> {
    let (model, name) = (fields.take("model")?, fields.take("name")?);
    let missing = || Refusal::of_field("model", "is missing: send the name of a model");
    model.or(name).ok_or_else(missing)
}

/// An answer of `POST /api/generate`, or a part of its stream.
#[derive(Debug, Clone, Serialize)]
pub(super) struct GenerateAnswer {
    pub(super) model: String,
    pub(super) created_at: String,
    pub(super) response: String,
    pub(super) done: bool,
    /// Of the last part only.
    #[serde(flatten)]
    pub(super) end: Option<End>,
}

/// What is only known at the end. Times are in nanoseconds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct End {
    pub(super) done_reason: &'static str,
    pub(super) total_duration: u64,
    pub(super) load_duration: u64,
    pub(super) prompt_eval_count: usize,
    pub(super) prompt_eval_duration: u64,
    pub(super) eval_count: usize,
    pub(super) eval_duration: u64,
}

/// Reads a body and forgets it, for fuzzing.
///
/// # Errors
/// A refusal that names what is wrong.
#[cfg(feature = "fuzzing")]
pub(crate) fn check(body: &[u8]) -> Result<(), Refusal> {
    GenerateRequest::parse(body).map(|_| ())
}

/// A refusal in Ollama's form.
pub(crate) fn error(refusal: &Refusal) -> Value {
    json!({ "error": refusal.message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_named() {
        for (json, field) in [
            (r#"{"prompt": "a"}"#, "model"),
            (r#"{"model": 1, "prompt": "a"}"#, "model"),
            (r#"{"model": "m", "prompt": "a", "format": "json"}"#, "format"),
            (r#"{"model": "m", "prompt": "a", "system": "You are"}"#, "system"),
            (r#"{"model": "m", "prompt": "a", "images": ["iVBO"]}"#, "images"),
            (r#"{"model": "m", "prompt": "a", "think": true}"#, "think"),
            (r#"{"model": "m", "prompt": "a", "options": {"mirostat": 2}}"#, "mirostat"),
            (
                r#"{"model": "m", "prompt": "a", "options": {"repeat_penalty": 1.2}}"#,
                "repeat_penalty",
            ),
            (
                r#"{"model": "m", "prompt": "a", "options": {"temperature": 0.8, "top_k": 20}}"#,
                "top_k",
            ),
            (r#"{"model": "m", "prompt": "a", "options": {"num_predict": 0}}"#, "num_predict"),
            (r#"{"model": "m", "prompt": "a", "options": 7}"#, "options"),
        ] {
            let refusal = GenerateRequest::parse(json.as_bytes()).unwrap_err();
            assert_eq!(refusal.field.as_deref(), Some(field), "{json}: {}", refusal.message);
        }
    }
}
