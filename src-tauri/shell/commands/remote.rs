//! Engines on other machines: which there are, their keys, and whether they answer.

use anyhow::anyhow;
use pounce_service::ModelId;
use tauri::Runtime;

use super::{Shared, failed, invalid, refused};
use crate::app::App;
use crate::ipc::{CommandError, RemoteEngineForm, RemoteState, RemoteUpdate};
use crate::{present, remote_form};

#[tauri::command]
pub(super) async fn query_remote<R: Runtime>(app: Shared<R>) -> Result<RemoteState, CommandError> {
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn set_remote<R: Runtime>(
    app: Shared<R>,
    update: RemoteUpdate,
) -> Result<RemoteState, CommandError> {
    let mut settings = app.service.settings();
    remote_form::update(&mut settings.remote, update);
    app.service.set_settings(settings).await.map_err(refused)?;
    Ok(state(&app).await)
}

/// The key is kept last: an entry that is refused leaves no key behind.
#[tauri::command]
pub(super) async fn do_save_engine<R: Runtime>(
    app: Shared<R>,
    old: Option<String>,
    engine: RemoteEngineForm,
    key: Option<String>,
) -> Result<RemoteState, CommandError> {
    let mut settings = app.service.settings();
    let engine = remote_form::engine(&settings.remote, old.as_deref(), engine);
    let id = engine.id.clone();
    remote_form::put(&mut settings.remote, old.as_deref(), engine)
        .map_err(|error| invalid(vec![error]))?;
    app.service.set_settings(settings).await.map_err(refused)?;
    if let Some(key) = key {
        app.service.set_remote_key(&id, &key).await.map_err(failed)?;
    }
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_remove_engine<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Result<RemoteState, CommandError> {
    let mut settings = app.service.settings();
    remote_form::remove(&mut settings.remote, &id);
    app.service.set_settings(settings).await.map_err(refused)?;
    app.service.remove_remote_key(&id.into()).await.map_err(failed)?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_remove_engine_key<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Result<RemoteState, CommandError> {
    app.service.remove_remote_key(&id.into()).await.map_err(failed)?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_check_engine<R: Runtime>(
    app: Shared<R>,
    engine: RemoteEngineForm,
) -> Result<f64, CommandError> {
    let old = Some(engine.id.clone());
    let engine = remote_form::engine(&app.service.settings().remote, old.as_deref(), engine);
    let took = app.service.check_remote(&engine).await;
    took.map(present::ms).map_err(|message| failed(anyhow!(message)))
}

async fn state<R: Runtime>(app: &App<R>) -> RemoteState {
    let remote = app.service.settings().remote;
    let mut with_keys: Vec<ModelId> = Vec::new();
    for engine in &remote.engines {
        if app.service.has_remote_key(&engine.id).await {
            with_keys.push(engine.id.clone());
        }
    }
    remote_form::state(&remote, |id| with_keys.contains(id))
}
