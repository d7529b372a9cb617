//! The dialog for choosing a model's file or folder, or a folder with code.
//!
//! It is GTK's, on the thread that runs GTK; in a sandbox GTK uses the portal. The page gets the path and nothing else: it
//! can neither list nor read files.

use std::cell::RefCell;
use std::path::PathBuf;

use directories::UserDirs;
use gtk::prelude::{FileChooserExt as _, NativeDialogExt as _};
use gtk::{FileChooserAction, FileChooserNative, FileFilter, ResponseType};
use tauri::{Runtime, WebviewWindow};
use tokio::sync::oneshot;

use super::wire::Chosen;
use crate::ui_language::UiLanguage;

/// Asks the user in front of `window`; `None` if the dialog was closed without a choice.
///
/// # Errors
/// If the app is ending.
pub(crate) async fn choose<R: Runtime>(
    window: WebviewWindow<R>,
    place: Chosen,
    language: UiLanguage,
) -> tauri::Result<Option<PathBuf>> {
    let (reply, answer) = oneshot::channel();
    let parent = window.clone();
    window.run_on_main_thread(move || open(&parent, place, language, reply))?;
    // The sender is dropped without an answer if the window was closed.
    Ok(answer.await.ok().flatten())
}

fn open<R: Runtime>(
    window: &WebviewWindow<R>,
    place: Chosen,
    language: UiLanguage,
    reply: oneshot::Sender<Option<PathBuf>>,
) {
    let parent = window.gtk_window().ok();
    let (title, action) = match place {
        Chosen::File => (language.dialog_file(), FileChooserAction::Open),
        Chosen::Folder => (language.dialog_folder(), FileChooserAction::SelectFolder),
        Chosen::Project => (language.dialog_project(), FileChooserAction::SelectFolder),
    };
    let dialog = FileChooserNative::new(
        Some(title),
        parent.as_ref(),
        action,
        Some(language.dialog_add()),
        Some(language.dialog_cancel()),
    );
    dialog.set_modal(true);
    // Otherwise GTK starts with the recently used files, where no folder can be chosen.
    if let Some(start) = start_folder(place) {
        dialog.set_current_folder(start);
    }
    if place == Chosen::File {
        dialog.add_filter(gguf_files(language));
    }
    // The closure keeps the dialog alive until the user has answered.
    let held = RefCell::new(Some((dialog.clone(), reply)));
    dialog.connect_response(move |dialog, response| {
        let Some((_, reply)) = held.take() else { return };
        let path = if response == ResponseType::Accept { dialog.filename() } else { None };
        // The receiver is gone if the window was closed.
        let _ = reply.send(path);
        dialog.destroy();
    });
    dialog.show();
}

/// The folder to start in: for a model the downloads, else the home folder.
fn start_folder(place: Chosen) -> Option<PathBuf> {
    let folders = UserDirs::new()?;
    if place == Chosen::Project {
        return Some(folders.home_dir().to_owned());
    }
    Some(folders.download_dir().unwrap_or(folders.home_dir()).to_owned())
}

fn gguf_files(language: UiLanguage) -> FileFilter {
    let filter = FileFilter::new();
    filter.set_name(Some(language.dialog_filter()));
    filter.add_pattern("*.gguf");
    filter.add_pattern("*.GGUF");
    filter
}
