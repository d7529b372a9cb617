//! [`Indicator`]: the icon in the panel, by libayatana-appindicator, which `tauri` uses as well but without a title.
//!
//! The library offers the panel no tooltip of its own. A panel shows the title and below it the description of the icon,
//! which screen readers speak too.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::sync::mpsc;

use anyhow::Context as _;
use gtk::gio;
use libappindicator::{AppIndicator, AppIndicatorStatus};

use crate::app::state::AppState;

/// The id of the icon, by which panels remember where it is.
const ID: &str = "pounce";

/// The pictures, which are written to files: panels read them by their path.
const ICONS: [(AppState, &str, &[u8]); 5] = [
    (AppState::Loading, "loading.png", include_bytes!("../../../icons/tray/loading.png")),
    (AppState::Ready, "ready.png", include_bytes!("../../../icons/tray/ready.png")),
    (AppState::Working, "working.png", include_bytes!("../../../icons/tray/working.png")),
    (AppState::Degraded, "degraded.png", include_bytes!("../../../icons/tray/degraded.png")),
    (AppState::Paused, "paused.png", include_bytes!("../../../icons/tray/paused.png")),
];

/// The icon in the panel. Only the main thread may use it.
pub(super) struct Indicator {
    indicator: AppIndicator,
    /// Where the pictures are.
    folder: PathBuf,
}

impl Indicator {
    /// An icon that opens `menu`. Its pictures are written into `folder`.
    ///
    /// # Errors
    /// If the library is missing, which the message names, or the folder cannot be written.
    pub(super) fn new(folder: PathBuf, menu: &mut gtk::Menu) -> anyhow::Result<Self> {
        let write = |(_, name, picture)| fs::write(folder.join(name), picture);
        fs::create_dir_all(&folder)
            .and_then(|()| ICONS.into_iter().try_for_each(write))
            .with_context(|| format!("{} cannot be written", folder.display()))?;
        // The library is opened when it is first used, and its bindings panic if it is not installed.
        let indicator = catch_unwind(|| AppIndicator::new(ID, ""));
        let mut indicator = indicator.map_err(|_| {
            anyhow::anyhow!("libayatana-appindicator3 cannot be opened; install it")
        })?;
        wait_for_tasks();
        indicator.set_status(AppIndicatorStatus::Active);
        indicator.set_menu(menu);
        Ok(Self { indicator, folder })
    }

    /// Shows `state`. The `title` and the `description` are its tooltip.
    pub(super) fn show(&mut self, state: AppState, title: &str, description: &str) {
        let icon = ICONS.iter().find(|(shown, ..)| *shown == state);
        let path = icon.map(|(_, name, _)| self.folder.join(name)).unwrap_or_default();
        self.indicator.set_icon_full(&path.to_string_lossy(), description);
        self.indicator.set_title(title);
    }
}

/// Waits until GLib's threads have taken up the tasks that it was given before.
///
/// The library asks for the session bus in one task, and for the panel in another. If the main loop hears of the panel
/// first, because a busy machine has not yet started the thread of the other, no icon ever appears (libayatana-appindicator
/// 0.5.94, `name_appeared_handler`). Here the main loop waits for both.
fn wait_for_tasks() {
    let (done, is_done) = mpsc::channel();
    // The task's own result is of no use without a main loop.
    drop(gio::spawn_blocking(move || done.send(())));
    let _ = is_done.recv();
}
