//! `GET /api/tags`, `POST /api/show`, `GET /api/version`: what a client asks before it completes.

use hyper::StatusCode;
use pounce_service::ModelStatus;
use serde_json::{Value, json};

use super::timestamp::rfc3339;
use super::wire::shown_model;
use crate::ask::model_name::{self, ANY_MODEL, LATEST};
use crate::http::refusal::Refusal;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// The models that a request may name, first the name that leaves the choice to Pounce. They are as
/// old as the server.
pub(crate) fn tags(state: &State) -> Reply {
    let since = rfc3339(state.since);
    let entry = |id: &str, bytes: u64| {
        let name = format!("{id}{LATEST}");
        json!({
            "name": name,
            "model": name,
            "modified_at": since,
            "size": bytes,
            "digest": "",
            "details": details(),
        })
    };
    let installed = state.service.status().models;
    let any = [entry(ANY_MODEL, 0)].into_iter();
    let models: Vec<Value> = any
        .chain(installed.iter().map(|model| entry(model.id.as_str(), model.disk_bytes)))
        .collect();
    reply::json(StatusCode::OK, &json!({ "models": models }))
}

/// What is known of a model. Continue reads from the template that it fills in code, others from
/// the capabilities.
///
/// # Errors
/// A refusal if there is no such model.
pub(crate) fn show(state: &State, body: &[u8]) -> Result<Reply, Refusal> {
    let installed: Vec<ModelStatus> = state.service.status().models;
    model_name::find(&shown_model(body)?, &installed)?;
    let shown = json!({
        "modelfile": "",
        "parameters": "",
        "template": "{{ .Prompt }}{{ .Suffix }}",
        "details": details(),
        "model_info": {},
        "capabilities": ["completion", "insert"],
        "modified_at": rfc3339(state.since),
    });
    Ok(reply::json(StatusCode::OK, &shown))
}

/// Pounce's version.
pub(crate) fn version() -> Reply {
    reply::json(StatusCode::OK, &json!({ "version": env!("CARGO_PKG_VERSION") }))
}

fn details() -> Value {
    json!({
        "parent_model": "",
        "format": "onnx",
        "family": "",
        "families": null,
        "parameter_size": "",
        "quantization_level": "",
    })
}
