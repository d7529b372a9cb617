//! Passes the service's events on to the tray, the windows and the log.

use std::sync::Arc;

use pounce_service::{Event, ModelId, ModelState, RequestOrigin};
use tauri::Runtime;
use tokio::sync::broadcast::error::RecvError;

use super::App;
use super::assessing::assess_missing;
use crate::request::actor::Message;
use crate::request::desktop_ui::DesktopUi as _;
use crate::request::notice::Notice;
use crate::windows::wire::{ModelStateChange, install_ended, served};

/// Follows the service's events until it ends. Must be called within the tasks' runtime.
pub(crate) fn follow<R: Runtime>(app: &Arc<App<R>>) {
    let app = app.clone();
    let mut events = app.service.subscribe();
    // Shows what happened before the events were followed.
    app.redraw();
    calibrate_when_warm(&app);
    assess_missing(&app);
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => pass_on(&app, event),
                Err(RecvError::Lagged(_)) => app.redraw(),
                Err(RecvError::Closed) => break,
            }
        }
    });
}

fn pass_on<R: Runtime>(app: &Arc<App<R>>, event: Event) {
    match event {
        Event::ModelState { id, state } => {
            tracing::info!(model = %id, state = state.name(), "model");
            let is_warm = state == ModelState::Warm;
            model_changed(app, &id, state);
            calibrate_when_warm(app);
            if is_warm {
                app.tell_actor(Message::ModelReady);
            }
        }
        Event::Breaker { id, state } => {
            tracing::warn!(model = %id, state = state.name(), "breaker");
            model_changed(app, &id, state_of(app, &id));
        }
        Event::LoadRefused { id, shortage } => {
            tracing::warn!(model = %id, %shortage, "not loaded");
            model_changed(app, &id, state_of(app, &id));
        }
        Event::Unloaded { id, reason } => {
            tracing::info!(model = %id, ?reason, "model unloaded");
            model_changed(app, &id, state_of(app, &id));
        }
        Event::Rescanned => {
            app.emit("models_changed", ());
            app.redraw();
        }
        Event::SettingsChanged => app.apply_settings(),
        Event::SettingsBroken(problem) => {
            tracing::warn!(problem, "settings");
            app.notify(Notice::settings_broken(app.language(), &problem));
            app.redraw();
        }
        Event::Pressure(pressure) => tracing::info!(?pressure, "memory"),
        Event::InstallProgress(progress) => app.emit("install_progress", progress),
        Event::InstallEnded { id, outcome } => {
            app.emit("install_ended", install_ended(&id, outcome));
            app.redraw();
            assess_missing(app);
        }
        // The request actor reports a request of the desktop once the clipboard is written.
        Event::Completed(record) if record.origin == RequestOrigin::Desktop => {}
        Event::Completed(record) => {
            app.remember(served(&record, app.service.settings().time_limits()));
        }
    }
}

fn model_changed<R: Runtime>(app: &Arc<App<R>>, id: &ModelId, state: ModelState) {
    app.emit("model_state", ModelStateChange { id: id.to_string(), state });
    app.redraw();
}

fn state_of<R: Runtime>(app: &Arc<App<R>>, id: &ModelId) -> ModelState {
    let models = app.service.status().models;
    models
        .iter()
        .find(|model| model.id == *id)
        .map_or(ModelState::Absent, |model| model.state.clone())
}

/// Calibrates the installed models on the first start, once the first of them is in memory.
fn calibrate_when_warm<R: Runtime>(app: &Arc<App<R>>) {
    let models = app.service.status().models;
    let is_warm = models.iter().any(|model| model.state == ModelState::Warm);
    if is_warm && app.is_first_start() && app.begin_calibration() {
        let app = app.clone();
        tokio::spawn(async move { app.calibrate().await });
    }
}
