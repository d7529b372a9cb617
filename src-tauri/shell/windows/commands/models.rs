//! The installed models: which is pinned, which are in memory.

use pounce_service::ModelId;
use tauri::Runtime;

use super::error::{Answer, failed};
use super::shared::Shared;
use crate::windows::wire::Models;

#[tauri::command]
pub(super) async fn query_models<R: Runtime>(app: Shared<R>) -> Answer<Models> {
    Ok(app.models())
}

#[tauri::command]
pub(super) async fn do_pin_model<R: Runtime>(app: Shared<R>, id: Option<String>) -> Answer<Models> {
    app.service.pin(id.map(ModelId::from)).await?;
    Ok(app.models())
}

#[tauri::command]
pub(super) async fn do_load_model<R: Runtime>(app: Shared<R>, id: String) -> Answer<Models> {
    app.service.load(&id.into()).await.map_err(failed)?;
    Ok(app.models())
}

#[tauri::command]
pub(super) async fn do_unload_model<R: Runtime>(app: Shared<R>, id: String) -> Answer<Models> {
    app.service.unload(&id.into()).await;
    Ok(app.models())
}

#[tauri::command]
pub(super) async fn do_reset_breaker<R: Runtime>(app: Shared<R>, id: String) -> Answer<Models> {
    app.service.reset_breaker(&id.into());
    Ok(app.models())
}
