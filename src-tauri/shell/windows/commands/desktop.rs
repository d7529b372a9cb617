//! The app as a whole: its state, the user's verbs, its folders, and the desktop's dialog.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use pounce_cli::{Verb, Window};
use tauri::{Runtime, WebviewWindow};

use super::error::{Answer, failed};
use super::shared::Shared;
use crate::app::logging;
use crate::windows::dialogs;
use crate::windows::wire::{Chosen, CompletionInfo, Folder, Status, completion_info};

#[tauri::command]
pub(super) async fn query_status<R: Runtime>(app: Shared<R>) -> Answer<Status> {
    Ok(app.status())
}

/// The last completions, newest first.
#[tauri::command]
pub(super) async fn query_history<R: Runtime>(app: Shared<R>) -> Answer<Vec<CompletionInfo>> {
    let history = app.request_state().history;
    Ok(history.iter().map(|completed| completion_info(completed)).collect())
}

/// Does what a line of the tray menu does. What comes of it is told by events.
#[tauri::command]
pub(super) async fn do_verb<R: Runtime>(app: Shared<R>, verb: Verb) -> Answer<()> {
    app.ask(verb);
    Ok(())
}

#[tauri::command]
pub(super) async fn do_quit<R: Runtime>(app: Shared<R>) -> Answer<()> {
    app.handle.exit(0);
    Ok(())
}

#[tauri::command]
pub(super) async fn do_suspend_hotkeys<R: Runtime>(
    app: Shared<R>,
    is_suspended: bool,
) -> Answer<()> {
    let shared = app.clone();
    tauri::async_runtime::spawn_blocking(move || shared.set_recording(is_suspended))
        .await
        .map_err(failed)
}

#[tauri::command]
pub(super) async fn do_show_window<R: Runtime>(app: Shared<R>, window: Window) -> Answer<()> {
    app.show(window);
    Ok(())
}

#[tauri::command]
pub(super) async fn do_open_folder<R: Runtime>(app: Shared<R>, folder: Folder) -> Answer<()> {
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

/// Answers with the path; `null` if nothing was chosen.
#[tauri::command]
pub(super) async fn do_choose_path<R: Runtime>(
    app: Shared<R>,
    window: WebviewWindow<R>,
    place: Chosen,
) -> Answer<Option<String>> {
    let path = dialogs::choose(window, place, app.language()).await.map_err(failed)?;
    let text = |path: PathBuf| {
        path.into_os_string().into_string().map_err(|path| {
            failed(anyhow!("{}: its name is not in UTF-8; rename it", path.display()))
        })
    };
    path.map(text).transpose()
}
