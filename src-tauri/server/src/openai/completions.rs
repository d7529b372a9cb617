//! `POST /v1/completions`: completes a prompt, with what follows in `suffix`.

use hyper::StatusCode;
use pounce_service::RequestOrigin;
use pounce_service::units::unix_ms;
use serde_json::json;

use super::wire::{CompletionChoice, CompletionsAnswer, CompletionsRequest, LogProbs, Usage};
use crate::ask::Ask;
use crate::ask::answer::{Answer, Choice, Ending};
use crate::ask::cut::Cut;
use crate::ask::{fim_prompt, model_name};
use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// Ends a stream.
const DONE: &str = "[DONE]";

/// Answers a request.
///
/// # Errors
/// A refusal that names what is wrong.
pub(crate) async fn completions(state: &State, body: &[u8]) -> Result<Reply, Refusal> {
    let request = CompletionsRequest::parse(body)?;
    let answer = ask(state, &request)?.answer(&state.service).await?;
    let answer = whole(&request, &answer);
    if request.stream {
        let parts = in_parts(answer, request.include_usage);
        let parts = parts.iter().map(|part| json!(part).to_string());
        return Ok(reply::events(parts.chain([DONE.to_owned()])));
    }
    Ok(reply::json(StatusCode::OK, &json!(answer)))
}

fn ask(state: &State, request: &CompletionsRequest) -> Result<Ask, Refusal> {
    let (prefix, suffix) = match &request.suffix {
        Some(suffix) => (request.prompt.clone(), suffix.clone()),
        None => fim_prompt::split(&request.prompt)
            .unwrap_or_else(|| (request.prompt.clone(), String::new())),
    };
    Ok(Ask {
        origin: RequestOrigin::OpenAi,
        prefix,
        suffix,
        model: model_name::find(&request.model, &state.service.status().models)?,
        max_tokens: request.max_tokens,
        sampling: request.sampling,
        cut: Cut { stop: request.stop.clone(), min_indent: 0 },
        n: request.n,
        ..Ask::default()
    })
}

fn whole(request: &CompletionsRequest, answer: &Answer) -> CompletionsAnswer {
    let completion = &answer.completion;
    let model = completion.source.model().map_or(request.model.as_str(), |id| id.as_str());
    let choices = answer.choices.iter().enumerate();
    CompletionsAnswer {
        id: format!("cmpl-{}", completion.id),
        object: "text_completion",
        created: unix_ms(std::time::SystemTime::now()) / 1_000,
        model: model.to_owned(),
        choices: choices.map(|(index, choice)| choice_of(request, index, choice)).collect(),
        usage: Some(Usage {
            prompt_tokens: completion.n_prompt_tokens,
            completion_tokens: completion.n_tokens,
            total_tokens: completion.n_prompt_tokens + completion.n_tokens,
        }),
    }
}

fn choice_of(request: &CompletionsRequest, index: usize, choice: &Choice) -> CompletionChoice {
    let log_probs = || LogProbs {
        tokens: [choice.text.clone()],
        token_logprobs: [choice.log_prob],
        top_logprobs: None,
        text_offset: [request.prompt.chars().count()],
    };
    CompletionChoice {
        text: choice.text.clone(),
        index,
        logprobs: request.wants_log_prob.then(log_probs),
        finish_reason: Some(match choice.ending {
            Ending::Whole | Ending::Stop(_) => "stop",
            Ending::Limit => "length",
        }),
    }
}

/// An answer as a stream: the texts, why they end, and, if it is wanted, the number of tokens.
fn in_parts(answer: CompletionsAnswer, include_usage: bool) -> Vec<CompletionsAnswer> {
    let mut texts = CompletionsAnswer { usage: None, ..answer.clone() };
    let mut ends = texts.clone();
    texts.choices.iter_mut().for_each(|choice| choice.finish_reason = None);
    for choice in &mut ends.choices {
        (choice.text, choice.logprobs) = (String::new(), None);
    }
    let usage = include_usage.then_some(CompletionsAnswer { choices: Vec::new(), ..answer });
    [texts, ends].into_iter().chain(usage).collect()
}
