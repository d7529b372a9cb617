//! `GET /health`, `/props` and `/slots`: the state of the server, as llama.cpp's server tells it.

use hyper::StatusCode;
use pounce_service::ModelState;
use serde_json::{Value, json};

use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// Whether a model is in memory.
///
/// # Errors
/// A refusal if none is.
pub(crate) fn health(state: &State) -> Result<Reply, Refusal> {
    let models = state.service.status().models;
    if models.iter().any(|model| model.state == ModelState::Warm) {
        return Ok(reply::json(StatusCode::OK, &json!({ "status": "ok" })));
    }
    let failure = models.iter().find_map(|model| match &model.state {
        ModelState::Failed { message } => Some(message.as_str()),
        _ => None,
    });
    let other = if models.is_empty() { "no model is installed" } else { "Loading model" };
    Err(Refusal::unavailable(failure.unwrap_or(other)))
}

/// What holds for requests that do not say otherwise.
pub(crate) fn props(state: &State) -> Reply {
    let settings = state.service.settings();
    let default = state.service.status().models.into_iter().find(|model| model.is_default);
    let props = json!({
        "default_generation_settings": {
            "params": {
                "n_predict": settings.models.max_block_tokens,
                "temperature": settings.models.temperature,
            },
        },
        "total_slots": settings.queue.concurrency,
        "model_path": default.as_ref().map_or("", |model| model.id.as_str()),
        "model_alias": default.as_ref().map_or("", |model| model.name.as_str()),
        "chat_template": "",
        "modalities": { "vision": false, "audio": false },
        "build_info": concat!("pounce ", env!("CARGO_PKG_VERSION")),
        "is_sleeping": false,
    });
    reply::json(StatusCode::OK, &props)
}

/// What is completed at a time. `query` may ask for a refusal if nothing is free.
///
/// # Errors
/// That refusal.
pub(crate) fn slots(state: &State, query: &str) -> Result<Reply, Refusal> {
    let (n, n_busy) = (state.service.settings().queue.concurrency, state.completing.get());
    if n_busy >= n && query.split('&').any(|part| part == "fail_on_no_slot=1") {
        return Err(Refusal::unavailable("no slot is free"));
    }
    let slot = |id: usize| json!({ "id": id, "is_processing": id < n_busy, "speculative": false });
    Ok(reply::json(StatusCode::OK, &(0..n).map(slot).collect::<Value>()))
}
