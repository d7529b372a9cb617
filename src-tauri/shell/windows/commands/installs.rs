//! Installing, checking and removing models.

use std::path::PathBuf;

use anyhow::anyhow;
use pounce_service::{InstallRequest, ModelCatalog, ModelId, ModelSource};
use tauri::{Runtime, WebviewWindow};

use super::error::failed;
use super::shared::Shared;
use crate::windows::dialogs;
use crate::windows::wire::{
    CatalogueEntry, CommandError, InstallInfo, ModelPlace, Models, catalogue, install_info,
    starting_install,
};

#[tauri::command]
pub(super) async fn query_catalogue() -> Result<Vec<CatalogueEntry>, CommandError> {
    Ok(catalogue(&ModelCatalog::built_in()))
}

#[tauri::command]
pub(super) async fn query_installs<R: Runtime>(
    app: Shared<R>,
) -> Result<Vec<InstallInfo>, CommandError> {
    Ok(app.service.installs().iter().map(install_info).collect())
}

#[tauri::command]
pub(super) async fn do_install_model<R: Runtime>(
    app: Shared<R>,
    source: String,
) -> Result<InstallInfo, CommandError> {
    let source: ModelSource = source.parse().map_err(failed)?;
    let install = app.service.install(InstallRequest::new(source)).await.map_err(failed)?;
    let running = app.service.installs();
    let progress = running.iter().find(|progress| progress.id == install.id);
    Ok(progress.map_or_else(|| starting_install(&install.id), install_info))
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
