//! `POST /api/generate`: completes a prompt, with what follows in `suffix`.

use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use pounce_service::RequestOrigin;
use serde_json::json;

use super::timestamp::rfc3339;
use super::wire::{End, GenerateAnswer, GenerateRequest};
use crate::ask::Ask;
use crate::ask::answer::{Answer, Ending};
use crate::ask::cut::Cut;
use crate::ask::{fim_prompt, model_name};
use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// Answers a request.
///
/// # Errors
/// A refusal that names what is wrong.
pub(crate) async fn generate(state: &State, body: &[u8]) -> Result<Reply, Refusal> {
    let request = GenerateRequest::parse(body)?;
    let model = model_name::find(&request.model, &state.service.status().models)?;
    if request.prompt.is_empty() && request.suffix.is_none() {
        if let Some(id) = model {
            let loaded = state.service.load(&id).await;
            loaded.map_err(|error| Refusal::unavailable(error.to_string()))?;
        }
        return Ok(reply_with(&request, "", End { done_reason: "load", ..no_end() }));
    }
    let answer = Ask { model, ..ask(&request) }.answer(&state.service).await?;
    let text = answer.choices.first().map_or("", |choice| choice.text.as_str());
    Ok(reply_with(&request, text, end(&answer)))
}

fn ask(request: &GenerateRequest) -> Ask {
    let (prefix, suffix) = match &request.suffix {
        Some(suffix) => (request.prompt.clone(), suffix.clone()),
        None => fim_prompt::split(&request.prompt)
            .unwrap_or_else(|| (request.prompt.clone(), String::new())),
    };
    Ask {
        origin: RequestOrigin::Ollama,
        prefix,
        suffix,
        max_tokens: request.num_predict,
        sampling: request.sampling,
        cut: Cut { stop: request.stop.clone(), min_indent: 0 },
        n: 1,
        ..Ask::default()
    }
}

fn end(answer: &Answer) -> End {
    let completion = &answer.completion;
    let ns = |time: Duration| time.as_nanos() as u64;
    let timings = completion.timings;
    let is_cut = answer.choices.iter().any(|choice| choice.ending == Ending::Limit);
    End {
        done_reason: if is_cut { "length" } else { "stop" },
        total_duration: ns(completion.elapsed),
        load_duration: 0,
        prompt_eval_count: completion.n_prompt_tokens,
        prompt_eval_duration: ns(timings.tokenize + timings.encode),
        eval_count: completion.n_tokens,
        eval_duration: ns(timings.first_token + timings.decode + timings.detokenize),
    }
}

fn no_end() -> End {
    End {
        done_reason: "stop",
        total_duration: 0,
        load_duration: 0,
        prompt_eval_count: 0,
        prompt_eval_duration: 0,
        eval_count: 0,
        eval_duration: 0,
    }
}

fn reply_with(request: &GenerateRequest, text: &str, end: End) -> Reply {
    let last = GenerateAnswer {
        model: request.model.clone(),
        created_at: rfc3339(SystemTime::now()),
        response: text.to_owned(),
        done: true,
        end: Some(end),
    };
    if !request.stream {
        return reply::json(StatusCode::OK, &json!(last));
    }
    let first = GenerateAnswer { done: false, end: None, ..last.clone() };
    let last = GenerateAnswer { response: String::new(), ..last };
    let parts: Vec<_> =
        [first, last].into_iter().filter(|part| part.done || !text.is_empty()).collect();
    reply::lines(&parts.iter().map(|part| json!(part)).collect::<Vec<_>>())
}
