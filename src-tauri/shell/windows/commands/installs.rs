//! Installing, checking and removing models.

use pounce_service::{
    InstallProgress, InstallRequest, InstallStep, ModelCatalog, ModelId, ModelSource,
};
use tauri::Runtime;

use super::error::{Answer, failed};
use super::shared::Shared;
use crate::windows::wire::{CatalogueEntry, Models, catalogue};

#[tauri::command]
pub(super) async fn query_catalogue() -> Answer<Vec<CatalogueEntry>> {
    Ok(catalogue(&ModelCatalog::built_in()))
}

#[tauri::command]
pub(super) async fn query_installs<R: Runtime>(app: Shared<R>) -> Answer<Vec<InstallProgress>> {
    Ok(app.service.installs())
}

/// Without `is_trusted`, a converted model is refused with [`ErrorCode::Untrusted`](crate::windows::wire::ErrorCode).
#[tauri::command]
pub(super) async fn do_install_model<R: Runtime>(
    app: Shared<R>,
    source: String,
    is_trusted: Option<bool>,
) -> Answer<InstallProgress> {
    let source: ModelSource = source.parse().map_err(failed)?;
    let trusts_graphs = is_trusted.unwrap_or(false);
    let request = InstallRequest { trusts_graphs, ..InstallRequest::new(source) };
    let install = app.service.install(request).await?;
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

#[tauri::command]
pub(super) async fn do_cancel_install<R: Runtime>(app: Shared<R>, id: String) -> Answer<()> {
    // An install that has ended meanwhile has reported that already.
    app.service.cancel_install(&ModelId::from(id));
    Ok(())
}

#[tauri::command]
pub(super) async fn do_verify_model<R: Runtime>(app: Shared<R>, id: String) -> Answer<u64> {
    app.service.verify(&id.into()).await.map_err(failed)
}

#[tauri::command]
pub(super) async fn do_remove_model<R: Runtime>(app: Shared<R>, id: String) -> Answer<Models> {
    app.service.remove(&id.into()).await.map_err(failed)?;
    Ok(app.models())
}
