//! [`AppState`]: the state of the app in one word, which the tray icon and the windows show.

use pounce_service as service;
use serde::Serialize;

use crate::hotkeys::status::{HotkeyState, HotkeyStatus};
use crate::request::desktop_ui::RequestState;
use crate::ui_language::UiLanguage;

/// The state of the app in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(export))]
pub(crate) enum AppState {
    /// The first model is not loaded yet; requests are answered by the fallbacks.
    Loading,
    /// A loaded model waits for requests.
    Ready,
    /// A request is being answered.
    Working,
    /// Something is wrong that does not stop the app: no model, an open breaker, a hotkey that is taken, a mistake in the
    /// settings file.
    Degraded,
    /// The hotkeys are off until the user resumes.
    Paused,
}

/// The app's state, and one line that explains it.
pub(crate) fn app_state(
    language: UiLanguage,
    request: &RequestState,
    models: &[service::ModelStatus],
    hotkeys: &[HotkeyStatus],
    is_settings_file_sound: bool,
) -> (AppState, Option<String>) {
    let settings_trouble =
        || (!is_settings_file_sound).then(|| language.app_settings_broken().to_owned());
    let wanted = wanted_model(models);
    let (rest, detail) = match wanted {
        None => (AppState::Degraded, Some(language.app_no_model().to_owned())),
        Some(model) => model_trouble(language, model)
            .or_else(|| hotkey_trouble(language, hotkeys))
            .or_else(settings_trouble)
            .map(|trouble| (AppState::Degraded, Some(trouble)))
            .unwrap_or_else(|| model_progress(language, model)),
    };
    match () {
        () if request.is_paused => (AppState::Paused, None),
        () if request.is_working => (AppState::Working, detail),
        () => (rest, detail),
    }
}

/// The model that the next request will probably go to: the pinned one, or else the default.
pub(crate) fn wanted_model(models: &[service::ModelStatus]) -> Option<&service::ModelStatus> {
    let pinned = models.iter().find(|model| model.is_pinned);
    pinned.or_else(|| models.iter().find(|model| model.is_default)).or_else(|| models.first())
}

fn model_trouble(language: UiLanguage, model: &service::ModelStatus) -> Option<String> {
    match (&model.state, model.is_admitted) {
        (service::ModelState::Failed { .. }, _) => Some(language.app_not_loaded(&model.name)),
        (_, false) => Some(language.app_rests(&model.name)),
        _ => None,
    }
}

fn hotkey_trouble(language: UiLanguage, hotkeys: &[HotkeyStatus]) -> Option<String> {
    let taken = hotkeys.iter().find(|hotkey| hotkey.state == HotkeyState::Taken)?;
    Some(language.app_hotkey_taken(language.keys(&taken.keys)))
}

fn model_progress(
    language: UiLanguage,
    model: &service::ModelStatus,
) -> (AppState, Option<String>) {
    match model.state {
        service::ModelState::Queued | service::ModelState::Loading => {
            (AppState::Loading, Some(language.app_loading(&model.name)))
        }
        _ => (AppState::Ready, None),
    }
}

#[cfg(test)]
mod tests;
