//! What the windows may ask: each command unpacks, calls one function and converts the error.
//!
//! Which window may call which is in `tauri.conf.json`.

mod installs;
mod remote;

use std::ops::Deref;
use std::sync::Arc;

use anyhow::Context as _;
use pounce_service::settings::SettingsError;
use pounce_service::{Counter, ModelId, Settings};
use tauri::ipc::{CommandArg, CommandItem, InvokeError};
use tauri::{Manager as _, Runtime};

use crate::app::{App, lock};
use crate::desk::Message;
use crate::hotkey::TakeError;
use crate::ipc::{
    Calibration, CommandError, Counters, ErrorCode, ExportFile, FieldError, Folder, Mode, Models,
    RequestRecord, SettingsState, SettingsUpdate, Status,
};
use crate::{autostart, calibration, export, logging, present, settings_form};

/// The app as commands get it: Tauri's `State` would not tell the compiler which runtime is meant.
struct Shared<R: Runtime>(Arc<App<R>>);

impl<'de, R: Runtime> CommandArg<'de, R> for Shared<R> {
    fn from_command(command: CommandItem<'de, R>) -> Result<Self, InvokeError> {
        let app = command.message.webview_ref().try_state::<Arc<App<R>>>();
        let app = app.ok_or_else(|| InvokeError::from("the app has not started yet; try again"))?;
        Ok(Self(app.inner().clone()))
    }
}

impl<R: Runtime> Deref for Shared<R> {
    type Target = Arc<App<R>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Every command; `build.rs` lists the same names.
pub(crate) fn handler<R: Runtime>() -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static
{
    tauri::generate_handler![
        query_status,
        query_models,
        query_settings,
        query_recent,
        query_counters,
        query_calibration,
        set_settings,
        do_pin_model,
        do_load_model,
        do_unload_model,
        installs::do_remove_model,
        installs::query_catalogue,
        installs::query_installs,
        installs::do_choose_model,
        installs::do_install_model,
        installs::do_cancel_install,
        installs::do_verify_model,
        remote::query_remote,
        remote::set_remote,
        remote::do_save_engine,
        remote::do_remove_engine,
        remote::do_remove_engine_key,
        remote::do_check_engine,
        do_reset_breaker,
        do_calibrate,
        do_clear_metrics,
        do_save_export,
        do_set_paused,
        do_undo,
        do_copy_last,
        do_suspend_hotkeys,
        do_open_folder,
    ]
}

#[tauri::command]
async fn query_status<R: Runtime>(app: Shared<R>) -> Result<Status, CommandError> {
    Ok(app.status())
}

#[tauri::command]
async fn query_models<R: Runtime>(app: Shared<R>) -> Result<Models, CommandError> {
    Ok(app.models())
}

#[tauri::command]
async fn query_settings<R: Runtime>(app: Shared<R>) -> Result<SettingsState, CommandError> {
    Ok(settings_form::state(&app.service.settings()))
}

#[tauri::command]
async fn query_recent<R: Runtime>(app: Shared<R>) -> Result<Vec<RequestRecord>, CommandError> {
    Ok(app.recent())
}

#[tauri::command]
async fn query_counters<R: Runtime>(app: Shared<R>) -> Result<Counters, CommandError> {
    let count = |counter: Counter| app.service.count(counter);
    Ok(present::counters(count))
}

#[tauri::command]
async fn query_calibration<R: Runtime>(app: Shared<R>) -> Result<Calibration, CommandError> {
    let target = app.service.settings().time_limits().target;
    Ok(calibration::judged(lock(&app.calibration).clone(), target))
}

#[tauri::command]
async fn set_settings<R: Runtime>(
    app: Shared<R>,
    update: SettingsUpdate,
) -> Result<SettingsState, CommandError> {
    let old = app.service.settings();
    let planned = settings_form::updated(&old, update.clone()).map_err(invalid)?;
    let saved = match claim(&app, &old, &planned).await {
        Ok(()) => save(&app, update).await,
        Err(error) => Err(error),
    };
    let now = app.service.settings();
    if let Err(error) = saved {
        if let Err(error) = claim(&app, &planned, &now).await {
            tracing::warn!(message = error.message, "the desktop does not follow the settings");
        }
        return Err(error);
    }
    Ok(settings_form::state(&now))
}

/// Has the desktop follow a change of the settings: the hotkeys, and what starts with it.
async fn claim<R: Runtime>(
    app: &Shared<R>,
    old: &Settings,
    new: &Settings,
) -> Result<(), CommandError> {
    let (wanted, held) = (App::<R>::wanted_keys(new), App::<R>::wanted_keys(old));
    if wanted != held {
        let app = app.0.clone();
        let change = move || lock(&app.hotkeys).change(wanted);
        let changed = tauri::async_runtime::spawn_blocking(change).await.map_err(failed)?;
        changed.map_err(|errors| invalid(errors.into_iter().map(taken).collect()))?;
    }
    if new.desktop.start_at_login != old.desktop.start_at_login {
        autostart::set(new.desktop.start_at_login).map_err(failed)?;
    }
    Ok(())
}

/// Lays an update over the settings in force, which may be others than a moment ago.
async fn save<R: Runtime>(app: &Shared<R>, update: SettingsUpdate) -> Result<(), CommandError> {
    let lay_over = |settings: &mut Settings| {
        *settings = settings_form::updated(settings, update).map_err(invalid)?;
        Ok::<_, CommandError>(())
    };
    app.service.update_settings(lay_over).await.map(|_| ())
}

#[tauri::command]
async fn do_pin_model<R: Runtime>(
    app: Shared<R>,
    id: Option<String>,
) -> Result<Models, CommandError> {
    app.service.pin(id.map(ModelId::from)).await?;
    Ok(app.models())
}

#[tauri::command]
async fn do_load_model<R: Runtime>(app: Shared<R>, id: String) -> Result<Models, CommandError> {
    app.service.load(&id.into()).await.map_err(failed)?;
    Ok(app.models())
}

#[tauri::command]
async fn do_unload_model<R: Runtime>(app: Shared<R>, id: String) -> Result<Models, CommandError> {
    app.service.unload(&id.into()).await;
    Ok(app.models())
}

#[tauri::command]
async fn do_reset_breaker<R: Runtime>(app: Shared<R>, id: String) -> Result<Models, CommandError> {
    app.service.reset_breaker(&id.into());
    Ok(app.models())
}

#[tauri::command]
async fn do_calibrate<R: Runtime>(app: Shared<R>) -> Result<Calibration, CommandError> {
    Ok(app.calibrate().await)
}

#[tauri::command]
async fn do_clear_metrics<R: Runtime>(app: Shared<R>) -> Result<(), CommandError> {
    app.clear_history();
    Ok(())
}

#[tauri::command]
async fn do_save_export<R: Runtime>(
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

#[tauri::command]
async fn do_set_paused<R: Runtime>(
    app: Shared<R>,
    is_paused: bool,
) -> Result<Status, CommandError> {
    app.tell_desk(Message::SetPaused(is_paused));
    Ok(app.status())
}

#[tauri::command]
async fn do_undo<R: Runtime>(app: Shared<R>) -> Result<(), CommandError> {
    app.tell_desk(Message::Undo);
    Ok(())
}

#[tauri::command]
async fn do_copy_last<R: Runtime>(app: Shared<R>) -> Result<(), CommandError> {
    app.tell_desk(Message::CopyLast);
    Ok(())
}

#[tauri::command]
async fn do_suspend_hotkeys<R: Runtime>(
    app: Shared<R>,
    is_suspended: bool,
) -> Result<(), CommandError> {
    let shared = app.clone();
    tauri::async_runtime::spawn_blocking(move || shared.set_recording(is_suspended))
        .await
        .map_err(failed)
}

#[tauri::command]
async fn do_open_folder<R: Runtime>(app: Shared<R>, folder: Folder) -> Result<(), CommandError> {
    let path = match folder {
        Folder::Logs => logging::folder(&app.paths.data),
        Folder::Models => app.paths.models.first().cloned().unwrap_or_default(),
        Folder::Settings => app.paths.config.clone(),
    };
    std::fs::create_dir_all(&path).map_err(failed)?;
    open::that_detached(&path)
        .with_context(|| format!("{} cannot be opened", path.display()))
        .map_err(failed)
}

fn invalid(fields: Vec<FieldError>) -> CommandError {
    let message = fields.first().map(|field| field.message.clone()).unwrap_or_default();
    CommandError { code: ErrorCode::InvalidSettings, message, fields }
}

fn taken((mode, error): (Mode, TakeError)) -> FieldError {
    let field = match mode {
        Mode::Line => "hotkey",
        Mode::Block => "hotkey_block",
    };
    FieldError { field: field.into(), message: error.to_string() }
}

impl From<SettingsError> for CommandError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Fields { fields } => invalid(settings_form::refusals(fields)),
            error => failed(error),
        }
    }
}

/// The whole chain of causes on one line.
fn failed(error: impl Into<anyhow::Error>) -> CommandError {
    CommandError {
        code: ErrorCode::Failed,
        message: format!("{:#}", error.into()),
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
