//! The fields of OpenAI's requests and answers, by
//! [its reference](https://platform.openai.com/docs/api-reference/completions).

use hyper::StatusCode;
use pounce_service::Sampling;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ask::numbers::{is_random, take_max_tokens, take_n, take_sampling};
use crate::http::fields::{Fields, Rule, Rules};
use crate::http::list::OneOrMany;
use crate::http::refusal::Refusal;

/// The fields that have no effect here.
const RULES: &Rules = &[
    ("user", Rule::Any),
    ("top_k", Rule::Bound),
    ("min_p", Rule::Bound),
    ("frequency_penalty", Rule::Only(&[0.0])),
    ("presence_penalty", Rule::Only(&[0.0])),
    ("repetition_penalty", Rule::Only(&[1.0])),
    ("best_of", Rule::Only(&[1.0])),
    ("echo", Rule::Only(&[])),
    ("logit_bias", Rule::Only(&[])),
    // Zed sends it to its own server.
    ("environment", Rule::Only(&[])),
];

/// A request to `POST /v1/completions`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CompletionsRequest {
    pub(super) model: String,
    pub(super) prompt: String,
    pub(super) suffix: Option<String>,
    /// `None` is the settings' limit.
    pub(super) max_tokens: Option<usize>,
    pub(super) stop: Vec<String>,
    pub(super) n: usize,
    /// Whether the probability of the text is wanted.
    pub(super) wants_log_prob: bool,
    pub(super) stream: bool,
    /// Whether a stream ends with the number of tokens.
    pub(super) include_usage: bool,
    pub(super) sampling: Option<Sampling>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl CompletionsRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// A refusal that names the field that is wrong or cannot be had.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(body)?;
        let stream_options = fields.take::<StreamOptions>("stream_options")?.unwrap_or_default();
        let request = Self {
            model: fields.take("model")?.unwrap_or_default(),
            prompt: take_prompt(&mut fields)?,
            suffix: fields.take("suffix")?,
            max_tokens: take_max_tokens(&mut fields, "max_tokens")?,
            stop: fields.take::<OneOrMany>("stop")?.map_or_else(Vec::new, OneOrMany::into_vec),
            n: take_n(&mut fields, "n")?,
            wants_log_prob: take_log_prob(&mut fields)?,
            stream: fields.take("stream")?.unwrap_or_default(),
            include_usage: stream_options.include_usage,
            sampling: take_sampling(&mut fields)?,
        };
        if request.max_tokens == Some(0) {
            return Err(Refusal::of_field("max_tokens", "must be at least 1"));
        }
        fields.finish(RULES, is_random(request.sampling))?;
        Ok(request)
    }
}

fn take_prompt(fields: &mut Fields) -> Result<String, Refusal> {
    let mut prompts = match fields.take::<OneOrMany>("prompt")? {
        Some(prompts) => prompts.into_vec(),
        None => {
            return Err(Refusal::of_field("prompt", "is missing: send the code before the cursor"));
        }
    };
    match (prompts.pop(), prompts.is_empty()) {
        (Some(prompt), true) => Ok(prompt),
        _ => Err(Refusal::of_field("prompt", "must be one text: send a request for each")),
    }
}

/// `logprobs` is how many other tokens are wanted beside each; only the probability of the whole
/// text is known.
fn take_log_prob(fields: &mut Fields) -> Result<bool, Refusal> {
    match fields.take::<u32>("logprobs")? {
        None => Ok(false),
        Some(0) => Ok(true),
        Some(_) => Err(Refusal::of_field(
            "logprobs",
            "must be 0: the probabilities of other tokens are not known",
        )),
    }
}

/// An answer of `POST /v1/completions`, or a part of its stream.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CompletionsAnswer {
    pub(super) id: String,
    pub(super) object: &'static str,
    /// Unix time in seconds.
    pub(super) created: u64,
    pub(super) model: String,
    pub(super) choices: Vec<CompletionChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) usage: Option<Usage>,
}

/// One text, or a part of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CompletionChoice {
    pub(super) text: String,
    pub(super) index: usize,
    pub(super) logprobs: Option<LogProbs>,
    pub(super) finish_reason: Option<&'static str>,
}

/// The probability of a text, which stands here as one token.
#[derive(Debug, Clone, Serialize)]
pub(super) struct LogProbs {
    pub(super) tokens: [String; 1],
    pub(super) token_logprobs: [Option<f32>; 1],
    pub(super) top_logprobs: Option<()>,
    /// Characters of the prompt before it.
    pub(super) text_offset: [usize; 1],
}

/// The number of tokens.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Usage {
    pub(super) prompt_tokens: usize,
    pub(super) completion_tokens: usize,
    pub(super) total_tokens: usize,
}

/// Reads a body and forgets it, for fuzzing.
///
/// # Errors
/// A refusal that names what is wrong.
#[cfg(feature = "fuzzing")]
pub(crate) fn check(body: &[u8]) -> Result<(), Refusal> {
    CompletionsRequest::parse(body).map(|_| ())
}

/// A refusal in OpenAI's form.
pub(crate) fn error(refusal: &Refusal) -> Value {
    let (kind, code) = match refusal.status {
        StatusCode::UNAUTHORIZED => ("invalid_request_error", Some("invalid_api_key")),
        StatusCode::NOT_FOUND if refusal.field.is_some() => {
            ("invalid_request_error", Some("model_not_found"))
        }
        status if status.is_server_error() => ("server_error", None),
        _ => ("invalid_request_error", None),
    };
    let Refusal { message, field, .. } = refusal;
    json!({ "error": { "message": message, "type": kind, "param": field, "code": code } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_named() {
        for (json, field) in [
            (r#"{"prompt": "a", "echo": true}"#, "echo"),
            (r#"{"prompt": "a", "logprobs": 5}"#, "logprobs"),
            (r#"{"prompt": "a", "best_of": 3}"#, "best_of"),
            (r#"{"prompt": "a", "n": 0}"#, "n"),
            (r#"{"prompt": "a", "n": 4}"#, "n"),
            (r#"{"prompt": "a", "max_tokens": 0}"#, "max_tokens"),
            (r#"{"prompt": ["a", "b"]}"#, "prompt"),
            (r#"{"prompt": [1, 2]}"#, "prompt"),
            (r#"{"suffix": "b"}"#, "prompt"),
            (r#"{"prompt": "a", "logit_bias": {"50256": -100}}"#, "logit_bias"),
            (r#"{"prompt": "a", "frequency_penalty": 0.5}"#, "frequency_penalty"),
            (r#"{"prompt": "a", "temperature": 1, "top_p": 0}"#, "top_p"),
            (r#"{"prompt": "a", "stream": "yes"}"#, "stream"),
            (r#"{"prompt": "a", "messages": []}"#, "messages"),
        ] {
            let refusal = CompletionsRequest::parse(json.as_bytes()).unwrap_err();
            assert_eq!(refusal.field.as_deref(), Some(field), "{json}: {}", refusal.message);
        }
    }

    #[test]
    fn what_asks_for_nothing_is_taken() {
        let json =
            br#"{"prompt": ["a"], "echo": false, "best_of": 1, "temperature": null, "stop": null,
            "logit_bias": {}, "user": "me", "presence_penalty": 0, "logprobs": null, "n": 1}"#;
        let request = CompletionsRequest::parse(json).unwrap();
        assert_eq!((request.prompt.as_str(), request.n, request.sampling), ("a", 1, None));
    }
}
