//! `POST /infill`: fills in the code between a prefix and a suffix.

use hyper::StatusCode;
use pounce_engine::StageTimings;
use pounce_service::{Completion, RequestOrigin};
use serde_json::{Value, json};

use super::wire::{Extra, InfillAnswer, InfillRequest, Timings, selected};
use crate::ask::Ask;
use crate::ask::answer::{Answer, Choice, Ending};
use crate::ask::cut::Cut;
use crate::ask::model_name;
use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// Answers a request.
///
/// # Errors
/// A refusal that names what is wrong.
pub(crate) async fn infill(state: &State, body: &[u8]) -> Result<Reply, Refusal> {
    let request = InfillRequest::parse(body)?;
    let (is_stream, wanted) = (request.stream, request.response_fields.clone());
    let answers = if request.n_predict == Some(0) {
        ask(state, request)?.read_ahead(&state.service).await;
        vec![only_read()]
    } else {
        let answer = ask(state, request)?.answer(&state.service).await?;
        answers(&answer)
    };
    let pick = |answer: Value| selected(answer, wanted.as_deref());
    if is_stream {
        let parts = answers.into_iter().flat_map(in_parts).map(|part| pick(part).to_string());
        return Ok(reply::events(parts));
    }
    let mut answers: Vec<Value> = answers.into_iter().map(|answer| pick(json!(answer))).collect();
    let whole = if answers.len() == 1 { answers.remove(0) } else { Value::Array(answers) };
    Ok(reply::json(StatusCode::OK, &whole))
}

fn ask(state: &State, request: InfillRequest) -> Result<Ask, Refusal> {
    // Time that reading does not need may be spent on writing, and the other way round.
    let max_time =
        request.t_max_predict.map(|most| most + request.t_max_prompt.unwrap_or_default());
    Ok(Ask {
        origin: RequestOrigin::LlamaCpp,
        prefix: request.input_prefix + &request.prompt,
        suffix: request.input_suffix,
        context: context(&request.input_extra),
        model: model_name::find(&request.model, &state.service.status().models)?,
        max_tokens: request.n_predict,
        sampling: request.sampling,
        max_time,
        cut: Cut { stop: request.stop, min_indent: request.n_indent },
        n: request.n_cmpl,
    })
}

/// The code from other files, which llama.cpp puts before the prefix, too.
fn context(extra: &[Extra]) -> String {
    let ended = |extra: &Extra| {
        let end = if extra.text.is_empty() || extra.text.ends_with('\n') { "" } else { "\n" };
        format!("{}{end}", extra.text)
    };
    extra.iter().map(ended).collect()
}

fn answers(answer: &Answer) -> Vec<InfillAnswer> {
    let choices = answer.choices.iter().enumerate();
    choices.map(|(index, choice)| whole(index, choice, &answer.completion)).collect()
}

fn whole(index: usize, choice: &Choice, completion: &Completion) -> InfillAnswer {
    let (stop_type, stopping_word) = match &choice.ending {
        Ending::Whole => ("eos", String::new()),
        Ending::Limit => ("limit", String::new()),
        Ending::Stop(word) => ("word", word.clone()),
    };
    let StageTimings { tokenize, encode, first_token, decode, detokenize } = completion.timings;
    let read = (completion.n_prompt_tokens, tokenize + encode);
    InfillAnswer {
        index,
        has_new_line: choice.text.contains('\n'),
        content: choice.text.clone(),
        model: completion.source.model().map_or_else(String::new, ToString::to_string),
        tokens_predicted: completion.n_tokens,
        tokens_evaluated: completion.n_prompt_tokens,
        stop_type,
        stopping_word,
        timings: Timings::new(read, (completion.n_tokens, first_token + decode + detokenize)),
        ..only_read()
    }
}

/// The answer to a request that only wants its code to be read.
fn only_read() -> InfillAnswer {
    let nothing = (0, std::time::Duration::ZERO);
    InfillAnswer {
        index: 0,
        content: String::new(),
        tokens: [],
        id_slot: -1,
        stop: true,
        model: String::new(),
        tokens_predicted: 0,
        tokens_evaluated: 0,
        has_new_line: false,
        truncated: false,
        stop_type: "limit",
        stopping_word: String::new(),
        tokens_cached: 0,
        timings: Timings::new(nothing, nothing),
    }
}

/// An answer as a stream: its text, then the rest.
fn in_parts(answer: InfillAnswer) -> [Value; 2] {
    let text = json!({
        "index": answer.index,
        "content": answer.content,
        "tokens": [],
        "stop": false,
        "id_slot": answer.id_slot,
        "tokens_predicted": answer.tokens_predicted,
        "tokens_evaluated": answer.tokens_evaluated,
    });
    [text, json!(InfillAnswer { content: String::new(), ..answer })]
}
