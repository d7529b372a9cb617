//! The settings, and what of the desktop follows them.

use std::sync::Arc;

use pounce_service::Settings;
use pounce_service::settings::{FieldError, Update};
use tauri::Runtime;

use super::error::{Answer, failed, invalid};
use super::shared::Shared;
use crate::app::{App, autostart};
use crate::hotkeys::grabber::TakeError;
use crate::hotkeys::hotkey::keys_of;
use crate::sync::lock;
use crate::ui_language::UiLanguage;
use crate::windows::settings_form;
use crate::windows::wire::{CommandError, SettingsState};

#[tauri::command]
pub(super) async fn query_settings<R: Runtime>(app: Shared<R>) -> Answer<SettingsState> {
    Ok(settings_form::state(&app.service.settings()))
}

#[tauri::command]
pub(super) async fn set_settings<R: Runtime>(
    app: Shared<R>,
    update: Update,
) -> Answer<SettingsState> {
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

/// Makes the desktop follow a change of the settings: takes the hotkeys, and sets whether the app starts at login.
async fn claim<R: Runtime>(app: &Arc<App<R>>, old: &Settings, new: &Settings) -> Answer<()> {
    let wanted = keys_of(&new.hotkeys);
    if wanted != keys_of(&old.hotkeys) {
        let taking = app.clone();
        let change = move || lock(&taking.hotkeys).change(&wanted);
        let changed = tauri::async_runtime::spawn_blocking(change).await.map_err(failed)?;
        changed.map_err(|errors| refused(app.language(), errors))?;
    }
    if new.desktop.start_at_login != old.desktop.start_at_login {
        autostart::set(new.desktop.start_at_login).map_err(failed)?;
    }
    Ok(())
}

/// Applies an update to the settings in force, which may have changed a moment ago.
async fn save<R: Runtime>(app: &App<R>, update: Update) -> Answer<()> {
    let lay_over = |settings: &mut Settings| {
        *settings = settings_form::updated(settings, update).map_err(invalid)?;
        Ok::<_, CommandError>(())
    };
    app.service.update_settings(lay_over).await.map(|_| ())
}

/// The refusal of keys that could not be taken, beside the settings they are for.
fn refused(language: UiLanguage, errors: Vec<(&'static str, TakeError)>) -> CommandError {
    let field =
        |(field, error): (&'static str, TakeError)| FieldError::new(field, error.message(language));
    invalid(errors.into_iter().map(field).collect())
}
