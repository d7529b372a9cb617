//! Asking a server directly, without a service: no deadline, no circuit breaker, no cache.

use std::sync::Arc;
use std::time::Duration;

use pounce_engine::{CancelToken, Generation, GenerationConfig, Prompt, never_stop};
use tokio::time::{Instant, timeout};

use super::error::RemoteError;
use super::model::{LOADING_LIMIT, RemoteModel, patient_http};
use crate::engines::engine::{Engine, Run};
use crate::engines::keys::Keys;
use crate::engines::run_error::RunError;
use crate::settings::RemoteEngine;

/// Completes once, without a service: no deadline, no breaker, no cache.
///
/// # Errors
/// [`RemoteError`] with the remedy; `http://` to other machines only if it is allowed.
pub async fn complete(
    engine: &RemoteEngine,
    allows_plain_http: bool,
    prompt: Prompt,
    config: GenerationConfig,
) -> Result<Generation, RunError> {
    let run = Run { prompt, config, cancel: CancelToken::new() };
    let mut model = connect(engine, allows_plain_http, &Keys::default()).await?;
    model.generate(&run, &mut never_stop).await
}

/// How a server completed a fixed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// From the request to the end of the answer.
    pub took: Duration,
    /// As many as it was seen to send, up to four.
    pub n_tokens: usize,
}

/// Asks a server for a few tokens of a fixed text, to see whether it completes.
///
/// # Errors
/// The errors of [`complete`], and [`RemoteError::Empty`].
pub async fn check(engine: &RemoteEngine, allows_plain_http: bool) -> Result<Checked, RunError> {
    check_with(engine, allows_plain_http, &Keys::default()).await
}

/// Like [`check`], with a key of `keys`.
pub(crate) async fn check_with(
    engine: &RemoteEngine,
    allows_plain_http: bool,
    keys: &Keys,
) -> Result<Checked, RunError> {
    let mut model = connect(engine, allows_plain_http, keys).await?;
    let (host, started) = (engine.host().to_owned(), Instant::now());
    let Ok(answer) = timeout(LOADING_LIMIT, model.check()).await else {
        return Err(RemoteError::Endless { host }.into());
    };
    let Generation { text, token_ids, .. } = answer?;
    if text.trim().is_empty() {
        return Err(RemoteError::Empty { host, kind: engine.kind }.into());
    }
    Ok(Checked { took: started.elapsed(), n_tokens: token_ids.len() })
}

/// The server with its key.
async fn connect(
    engine: &RemoteEngine,
    allows_plain_http: bool,
    keys: &Keys,
) -> Result<RemoteModel, RemoteError> {
    if let Some(problem) = engine.problem(allows_plain_http) {
        return Err(RemoteError::Entry(problem));
    }
    let key = keys.get(&engine.id).await;
    Ok(RemoteModel::new(engine.clone(), key, Arc::new(patient_http())))
}
