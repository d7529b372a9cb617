//! What the dashboard draws and exports, and the calibration.

use anyhow::Context as _;
use pounce_service::{Calibration, Counter};
use tauri::{Manager as _, Runtime};

use super::error::{Answer, failed};
use super::shared::Shared;
use crate::sync::lock;
use crate::windows::export;
use crate::windows::wire::{Counters, ExportFile, RequestRecord};

#[tauri::command]
pub(super) async fn query_recent<R: Runtime>(app: Shared<R>) -> Answer<Vec<RequestRecord>> {
    Ok(app.recent())
}

#[tauri::command]
pub(super) async fn query_counters<R: Runtime>(app: Shared<R>) -> Answer<Counters> {
    Ok(Counters::read(|counter: Counter| app.service.count(counter), app.service.kept()))
}

#[tauri::command]
pub(super) async fn query_calibration<R: Runtime>(app: Shared<R>) -> Answer<Calibration> {
    let target = app.service.settings().time_limits().target;
    Ok(lock(&app.calibration).clone().judged(target))
}

#[tauri::command]
pub(super) async fn do_calibrate<R: Runtime>(app: Shared<R>) -> Answer<Calibration> {
    Ok(app.calibrate().await)
}

#[tauri::command]
pub(super) async fn do_clear_metrics<R: Runtime>(app: Shared<R>) -> Answer<()> {
    app.clear_history();
    Ok(())
}

#[tauri::command]
pub(super) async fn do_save_export<R: Runtime>(app: Shared<R>, file: ExportFile) -> Answer<String> {
    let folder = app
        .handle
        .path()
        .download_dir()
        .or_else(|_| app.handle.path().home_dir())
        .map_err(failed)?;
    let path = export::save(&folder, &file)
        .with_context(|| format!("{} cannot be written", folder.display()));
    Ok(path.map_err(failed)?.display().to_string())
}
