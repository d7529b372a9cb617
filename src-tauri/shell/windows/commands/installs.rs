//! Installing, checking and removing models.

use std::path::PathBuf;

use anyhow::anyhow;
use pounce_service::{
    InstallProgress, InstallRequest, InstallStep, ModelCatalog, ModelId, ModelSource,
};
use tauri::{Runtime, WebviewWindow};

use super::error::failed;
use super::shared::Shared;
use crate::windows::dialogs;
use crate::windows::wire::{CatalogueEntry, CommandError, ModelPlace, Models, catalogue};

#[tauri::command]
pub(super) async fn query_catalogue() -> Result<Vec<CatalogueEntry>, CommandError> {
    Ok(catalogue(&ModelCatalog::built_in()))
}

#[tauri::command]
pub(super) async fn query_installs<R: Runtime>(
    app: Shared<R>,
) -> Result<Vec<InstallProgress>, CommandError> {
    Ok(app.service.installs())
}

#[tauri::command]
pub(super) async fn do_install_model<R: Runtime>(
    app: Shared<R>,
    source: String,
) -> Result<InstallProgress, CommandError> {
    let source: ModelSource = source.parse().map_err(failed)?;
    let install = app.service.install(InstallRequest::new(source)).await.map_err(failed)?;
    let running = app.service.installs().into_iter().find(|progress| progress.id == install.id);
    // It may have reported nothing yet, or have ended already; its end is an event of its own.
    let starting = || {
        InstallProgress::new(
            install.id.clone(),
            install.id.to_string(),
            InstallStep::Checking,
            None,
        )
    };
    Ok(running.unwrap_or_else(starting))
}

/// Answers with the path; `null` if nothing was chosen.
#[tauri::command]
pub(super) async fn do_choose_model<R: Runtime>(
    window: WebviewWindow<R>,
    place: ModelPlace,
) -> Result<Option<String>, CommandError> {
    let path = dialogs::choose_model(window, place).await.map_err(failed)?;
    let text = |path: PathBuf| {
        path.into_os_string().into_string().map_err(|path| {
            failed(anyhow!("{}: its name is not in UTF-8; rename it", path.display()))
        })
    };
    path.map(text).transpose()
}

#[tauri::command]
pub(super) async fn do_cancel_install<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Result<(), CommandError> {
    // An install that has ended meanwhile has reported that already.
    app.service.cancel_install(&ModelId::from(id));
    Ok(())
}

#[tauri::command]
pub(super) async fn do_verify_model<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Result<u64, CommandError> {
    app.service.verify(&id.into()).await.map_err(failed)
}

#[tauri::command]
pub(super) async fn do_remove_model<R: Runtime>(
    app: Shared<R>,
    id: String,
) -> Result<Models, CommandError> {
    app.service.remove(&id.into()).await.map_err(failed)?;
    Ok(app.models())
}
