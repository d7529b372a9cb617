//! The names by which clients ask for models.

use hyper::StatusCode;
use pounce_service::{ModelId, ModelStatus};

use crate::http::refusal::Refusal;

/// The name of the model that leaves the choice to Pounce.
pub(crate) const ANY_MODEL: &str = "pounce";

/// What Ollama adds to a name without a version.
pub(crate) const LATEST: &str = ":latest";

/// The model of a name; `None` leaves the choice to Pounce, as an empty name does.
///
/// # Errors
/// A refusal with the names that there are.
pub(crate) fn find(name: &str, installed: &[ModelStatus]) -> Result<Option<ModelId>, Refusal> {
    let id = name.strip_suffix(LATEST).unwrap_or(name);
    if id.is_empty() || id == ANY_MODEL {
        return Ok(None);
    }
    let model = installed.iter().find(|model| model.id.as_str() == id);
    model.map(|model| Some(model.id.clone())).ok_or_else(|| unknown(installed))
}

fn unknown(installed: &[ModelStatus]) -> Refusal {
    let names: Vec<&str> =
        [ANY_MODEL].into_iter().chain(installed.iter().map(|model| model.id.as_str())).collect();
    let refusal = Refusal::of_field("model", format_args!("must be one of {}", names.join(", ")));
    Refusal { status: StatusCode::NOT_FOUND, ..refusal }
}
