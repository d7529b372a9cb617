//! What the dashboard draws and exports, and the calibration.

use anyhow::Context as _;
use pounce_service::{Calibration, Counter};
use tauri::{Manager as _, Runtime};

use super::error::failed;
use super::shared::Shared;
use crate::sync::lock;
use crate::windows::export;
use crate::windows::wire::{CommandError, Counters, ExportFile, RequestRecord};

#[tauri::command]
pub(super) async fn query_recent<R: Runtime>(
    app: Shared<R>,
) -> Result<Vec<RequestRecord>, CommandError> {
    Ok(app.recent())
}

#[tauri::command]
pub(super) async fn query_counters<R: Runtime>(app: Shared<R>) -> Result<Counters, CommandError> {
    Ok(Counters::read(|counter: Counter| app.service.count(counter)))
}

#[tauri::command]
pub(super) async fn query_calibration<R: Runtime>(
    app: Shared<R>,
) -> Result<Calibration, CommandError> {
    let target = app.service.settings().time_limits().target;
    Ok(lock(&app.calibration).clone().judged(target))
}

#[tauri::command]
pub(super) async fn do_calibrate<R: Runtime>(app: Shared<R>) -> Result<Calibration, CommandError> {
    Ok(app.calibrate().await)
}

#[tauri::command]
pub(super) async fn do_clear_metrics<R: Runtime>(app: Shared<R>) -> Result<(), CommandError> {
    app.clear_history();
    Ok(())
}

#[tauri::command]
pub(super) async fn do_save_export<R: Runtime>(
    app: Shared<R>,
    file: ExportFile,
) -> Result<String, CommandError> {
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
