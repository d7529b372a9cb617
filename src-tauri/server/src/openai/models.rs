//! `GET /v1/models`: the models that a request may name.

use hyper::StatusCode;
use pounce_service::units::unix_ms;
use serde_json::{Value, json};

use crate::ask::model_name::ANY_MODEL;
use crate::http::reply::{self, Reply};
use crate::state::State;

/// The models, first the name that leaves the choice to Pounce.
pub(crate) fn models(state: &State) -> Reply {
    let since = unix_ms(state.since) / 1_000;
    let model =
        |id: &str| json!({ "id": id, "object": "model", "created": since, "owned_by": "pounce" });
    let installed = state.service.status().models;
    let ids = [ANY_MODEL].into_iter().chain(installed.iter().map(|model| model.id.as_str()));
    let models: Vec<Value> = ids.map(model).collect();
    reply::json(StatusCode::OK, &json!({ "object": "list", "data": models }))
}
