//! The fields of llama.cpp's requests and answers, by
//! [its server's
//! documentation](https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::numbers::{is_random, take_max_tokens, take_n, take_sampling};
use crate::http::fields::{Fields, Rule, Rules};
use crate::http::list::OneOrMany;
use crate::http::refusal::Refusal;
use pounce_service::Sampling;

/// The samplers that leave the likeliest token in its place.
const SAMPLERS: [&str; 7] =
    ["top_k", "top_p", "min_p", "typ_p", "temperature", "infill", "penalties"];

/// The fields that have no effect here.
const RULES: &Rules = &[
    ("cache_prompt", Rule::Any),
    ("id_slot", Rule::Any),
    ("n_cache_reuse", Rule::Any),
    ("n_keep", Rule::Any),
    ("n_discard", Rule::Any),
    ("sse_ping_interval", Rule::Any),
    ("repeat_last_n", Rule::Any),
    ("dry_base", Rule::Any),
    ("dry_allowed_length", Rule::Any),
    ("dry_penalty_last_n", Rule::Any),
    ("dry_sequence_breakers", Rule::Any),
    ("xtc_threshold", Rule::Any),
    ("mirostat_tau", Rule::Any),
    ("mirostat_eta", Rule::Any),
    ("dynatemp_exponent", Rule::Any),
    ("top_k", Rule::Bound),
    ("min_p", Rule::Bound),
    ("typical_p", Rule::Bound),
    ("min_keep", Rule::Bound),
    ("repeat_penalty", Rule::Only(&[1.0])),
    ("presence_penalty", Rule::Only(&[0.0])),
    ("frequency_penalty", Rule::Only(&[0.0])),
    ("dry_multiplier", Rule::Only(&[0.0])),
    ("dynatemp_range", Rule::Only(&[0.0])),
    ("xtc_probability", Rule::Only(&[0.0])),
    ("mirostat", Rule::Only(&[0.0])),
    ("n_probs", Rule::Only(&[0.0])),
    ("ignore_eos", Rule::Only(&[])),
    ("post_sampling_probs", Rule::Only(&[])),
    ("return_tokens", Rule::Only(&[])),
    ("return_progress", Rule::Only(&[])),
    ("timings_per_token", Rule::Only(&[])),
    ("grammar", Rule::Only(&[])),
    ("json_schema", Rule::Only(&[])),
    ("logit_bias", Rule::Only(&[])),
    ("lora", Rule::Only(&[])),
];

/// A request to `POST /infill`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InfillRequest {
    pub(super) model: String,
    pub(super) input_prefix: String,
    pub(super) input_suffix: String,
    pub(super) input_extra: Vec<Extra>,
    /// Continued by the completion: it stands directly before the cursor.
    pub(super) prompt: String,
    /// `None` is no limit; 0 only reads the code ahead.
    pub(super) n_predict: Option<usize>,
    pub(super) n_indent: usize,
    pub(super) n_cmpl: usize,
    /// `None` is no limit, as 0 is on the wire.
    pub(super) t_max_prompt: Option<Duration>,
    pub(super) t_max_predict: Option<Duration>,
    pub(super) stop: Vec<String>,
    /// `None` is all fields.
    pub(super) response_fields: Option<Vec<String>>,
    pub(super) stream: bool,
    pub(super) sampling: Option<Sampling>,
}

/// Code from another file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Extra {
    pub(super) text: String,
}

impl InfillRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// A refusal that names the field that is wrong or cannot be had.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Fields::parse(body)?;
        let request = Self {
            model: fields.take("model")?.unwrap_or_default(),
            input_prefix: fields.take("input_prefix")?.unwrap_or_default(),
            input_suffix: fields.take("input_suffix")?.unwrap_or_default(),
            input_extra: fields.take("input_extra")?.unwrap_or_default(),
            prompt: fields.take("prompt")?.unwrap_or_default(),
            n_predict: take_max_tokens(&mut fields, "n_predict")?,
            n_indent: fields.take("n_indent")?.unwrap_or_default(),
            n_cmpl: take_n(&mut fields, "n_cmpl")?,
            t_max_prompt: take_ms(&mut fields, "t_max_prompt_ms")?,
            t_max_predict: take_ms(&mut fields, "t_max_predict_ms")?,
            stop: fields.take::<OneOrMany>("stop")?.map_or_else(Vec::new, OneOrMany::into_vec),
            response_fields: fields.take("response_fields")?,
            stream: fields.take("stream")?.unwrap_or_default(),
            sampling: take_sampling(&mut fields)?,
        };
        check_samplers(fields.take("samplers")?.unwrap_or_default())?;
        fields.finish(RULES, is_random(request.sampling))?;
        Ok(request)
    }
}

/// Takes milliseconds; nothing, 0 and less are no limit.
fn take_ms(fields: &mut Fields, name: &str) -> Result<Option<Duration>, Refusal> {
    let ms = fields.take::<i64>(name)?.and_then(|ms| u64::try_from(ms).ok());
    Ok(ms.filter(|ms| *ms > 0).map(Duration::from_millis))
}

fn check_samplers(samplers: Vec<String>) -> Result<(), Refusal> {
    match samplers.iter().find(|sampler| !SAMPLERS.contains(&sampler.as_str())) {
        None => Ok(()),
        Some(_) => {
            let problem = format_args!("may hold only {}", SAMPLERS.join(", ")).to_string();
            Err(Refusal::of_field("samplers", problem))
        }
    }
}

/// An answer of `POST /infill`. The prompt, which llama.cpp repeats, is left out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct InfillAnswer {
    pub(super) index: usize,
    pub(super) content: String,
    /// Always empty: `return_tokens` cannot be had.
    pub(super) tokens: [u32; 0],
    pub(super) id_slot: i32,
    pub(super) stop: bool,
    pub(super) model: String,
    pub(super) tokens_predicted: usize,
    pub(super) tokens_evaluated: usize,
    pub(super) has_new_line: bool,
    pub(super) truncated: bool,
    pub(super) stop_type: &'static str,
    pub(super) stopping_word: String,
    pub(super) tokens_cached: usize,
    pub(super) timings: Timings,
}

/// The times of an answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Timings {
    prompt_n: usize,
    prompt_ms: f64,
    prompt_per_token_ms: f64,
    prompt_per_second: f64,
    predicted_n: usize,
    predicted_ms: f64,
    predicted_per_token_ms: f64,
    predicted_per_second: f64,
}

impl Timings {
    pub(super) fn new(
        (prompt_n, prompt): (usize, Duration),
        (predicted_n, predicted): (usize, Duration),
    ) -> Self {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        Self {
            prompt_n,
            prompt_ms: ms(prompt),
            prompt_per_token_ms: ratio(ms(prompt), prompt_n as f64),
            prompt_per_second: ratio(prompt_n as f64, prompt.as_secs_f64()),
            predicted_n,
            predicted_ms: ms(predicted),
            predicted_per_token_ms: ratio(ms(predicted), predicted_n as f64),
            predicted_per_second: ratio(predicted_n as f64, predicted.as_secs_f64()),
        }
    }
}

/// The fields of `answer` that `wanted` names, each under its whole name: `timings/prompt_n`. Names
/// of no field are left out, as llama.cpp does.
pub(super) fn selected(answer: Value, wanted: Option<&[String]>) -> Value {
    let Some(wanted) = wanted else { return answer };
    let field = |name: &String| {
        let value = answer.pointer(&format!("/{name}")).filter(|_| !name.is_empty())?;
        Some((name.clone(), value.clone()))
    };
    Value::Object(wanted.iter().filter_map(field).collect::<Map<_, _>>())
}

/// Reads a body and forgets it, for fuzzing.
///
/// # Errors
/// A refusal that names what is wrong.
#[cfg(feature = "fuzzing")]
pub(crate) fn check(body: &[u8]) -> Result<(), Refusal> {
    InfillRequest::parse(body).map(|_| ())
}

/// A refusal in llama.cpp's form.
pub(crate) fn error(refusal: &Refusal) -> Value {
    let kind = match refusal.status.as_u16() {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        500 => "server_error",
        503 => "unavailable_error",
        _ => "invalid_request_error",
    };
    json!({ "error": { "code": refusal.status.as_u16(), "message": refusal.message, "type": kind } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(json: &str) -> Option<String> {
        InfillRequest::parse(json.as_bytes()).err().map(|refusal| refusal.field.unwrap_or_default())
    }

    #[test]
    fn what_cannot_be_had_is_named() {
        for (json, field) in [
            (r#"{"grammar": "root ::= x"}"#, "grammar"),
            (r#"{"logit_bias": [[15043, 1.0]]}"#, "logit_bias"),
            (r#"{"repeat_penalty": 1.1}"#, "repeat_penalty"),
            (r#"{"n_probs": 5}"#, "n_probs"),
            (r#"{"samplers": ["top_k", "xtc"]}"#, "samplers"),
            (r#"{"n_cmpl": 9}"#, "n_cmpl"),
            (r#"{"temperature": 0.8, "top_k": 40}"#, "top_k"),
            (r#"{"temperature": 3}"#, "temperature"),
            (r#"{"n_predict": "many"}"#, "n_predict"),
            (r#"{"input_prefix": 7}"#, "input_prefix"),
            (r#"{"input_extra": [{"filename": "a.py"}]}"#, "input_extra"),
            (r#"{"stop": [1]}"#, "stop"),
            (r#"{"prompt": ["a", "b"]}"#, "prompt"),
            (r#"{"colour": "red"}"#, "colour"),
        ] {
            assert_eq!(blamed(json).as_deref(), Some(field), "{json}");
        }
    }

    #[test]
    fn fields_are_selected_by_their_whole_names() {
        let answer = json!({ "content": "a", "timings": { "prompt_n": 3 }, "truncated": false });
        let pick = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            selected(answer.clone(), Some(&names))
        };
        assert_eq!(
            pick(&["content", "timings/prompt_n"]),
            json!({ "content": "a", "timings/prompt_n": 3 })
        );
        assert_eq!(pick(&["", "nothing"]), json!({}), "no such fields");
        assert_eq!(selected(answer.clone(), None), answer);
    }
}
