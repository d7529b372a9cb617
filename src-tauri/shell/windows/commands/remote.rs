//! Engines on other machines: their settings, their API keys, and whether they answer.

use anyhow::anyhow;
use pounce_service::units::ms;
use pounce_service::{ModelId, Settings};
use tauri::Runtime;

use super::error::{Answer, failed};
use super::shared::Shared;
use crate::app::App;
use crate::windows::remote_form;
use crate::windows::wire::{CommandError, RemoteEngineForm, RemoteState, RemoteUpdate};

#[tauri::command]
pub(super) async fn query_remote<R: Runtime>(app: Shared<R>) -> Answer<RemoteState> {
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn set_remote<R: Runtime>(
    app: Shared<R>,
    update: RemoteUpdate,
) -> Answer<RemoteState> {
    let change = |settings: &mut Settings| {
        remote_form::update(&mut settings.remote, update);
        Ok::<_, CommandError>(())
    };
    app.service.update_settings(change).await?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_save_engine<R: Runtime>(
    app: Shared<R>,
    old: Option<String>,
    engine: RemoteEngineForm,
    key: Option<String>,
) -> Answer<RemoteState> {
    let engine = remote_form::engine(&app.service.settings().remote, old.as_deref(), engine);
    let old = old.map(ModelId::from);
    app.service.save_remote(old.as_ref(), engine, key.as_deref()).await?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_remove_engine<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Answer<RemoteState> {
    app.service.remove_remote(&id.into()).await?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_remove_engine_key<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Answer<RemoteState> {
    app.service.remove_remote_key(&id.into()).await.map_err(failed)?;
    Ok(state(&app).await)
}

#[tauri::command]
pub(super) async fn do_check_engine<R: Runtime>(app: Shared<R>, id: String) -> Answer<f64> {
    let took = app.service.check_remote(&id.into()).await;
    took.map(ms).map_err(|message| failed(anyhow!(message)))
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
