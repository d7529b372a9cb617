//! [`Tray`]: draws the tray icon and its menu, whose contents `menu` decides. Only the main thread may draw.
//!
//! If no panel shows tray icons, which `host` finds out, the icon waits for one.

pub(crate) mod host;
pub(crate) mod menu;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use tauri::image::Image;
use tauri::menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Runtime, include_image};

use crate::app::state::AppState;
use crate::sync::lock;
use menu::{Entry, MenuCommand, TrayView};

/// The id of the icon within the app.
const ID: &str = "pounce";

/// The icon in the panel.
pub(crate) struct Tray<R: Runtime> {
    icon: TrayIcon<R>,
    /// The view that is drawn now, so that only differences are drawn.
    drawn: Mutex<TrayView>,
}

impl<R: Runtime> Tray<R> {
    /// Draws `view` for the first time. `on_command` runs on the main thread.
    ///
    /// # Errors
    /// If the library that draws tray icons is missing; the message names it.
    pub(crate) fn new(
        app: &AppHandle<R>,
        view: TrayView,
        on_command: impl Fn(MenuCommand) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let menu = build(app, &menu::entries(&view))?;
        let builder = TrayIconBuilder::with_id(ID)
            .icon(image(view.state))
            .menu(&menu)
            .on_menu_event(move |_, event| {
                if let Some(command) = MenuCommand::from_id(event.id().as_ref()) {
                    on_command(command);
                }
            });
        // `tauri` opens the library when it is first used, and panics if it is not installed.
        let icon = catch_unwind(AssertUnwindSafe(|| builder.build(app)));
        let icon = icon.map_err(|_| {
            anyhow::anyhow!("libayatana-appindicator3 cannot be opened; install it")
        })??;
        set_tooltip(&icon, menu::tooltip(&view))?;
        Ok(Self { icon, drawn: Mutex::new(view) })
    }

    /// Draws `view`, as far as it differs from the view drawn now.
    pub(crate) fn draw(&self, app: &AppHandle<R>, view: TrayView) -> tauri::Result<()> {
        let mut drawn = lock(&self.drawn);
        if drawn.state != view.state {
            self.icon.set_icon(Some(image(view.state)))?;
        }
        let entries = menu::entries(&view);
        if menu::entries(&drawn) != entries {
            self.icon.set_menu(Some(build(app, &entries)?))?;
            set_tooltip(&self.icon, menu::tooltip(&view))?;
        }
        *drawn = view;
        Ok(())
    }
}

/// The tooltip is the title of the indicator: `tauri` sets none on Linux, and a panel shows the library's name.
fn set_tooltip<R: Runtime>(icon: &TrayIcon<R>, tooltip: String) -> tauri::Result<()> {
    icon.with_inner_tray_icon(move |inner| {
        // SAFETY: the indicator lives as long as `inner`, this is the main thread, which alone uses it, and nothing else
        // holds a reference to it while its title is set.
        let indicator = unsafe { &mut *inner.app_indicator().cast_mut() };
        indicator.set_title(&tooltip);
    })
}

/// A text that is shown as it is: a single `&` would mark an access key.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}

fn image(state: AppState) -> Image<'static> {
    match state {
        AppState::Loading => include_image!("icons/tray/loading.png"),
        AppState::Ready => include_image!("icons/tray/ready.png"),
        AppState::Working => include_image!("icons/tray/working.png"),
        AppState::Degraded => include_image!("icons/tray/degraded.png"),
        AppState::Paused => include_image!("icons/tray/paused.png"),
    }
}

fn build<R: Runtime>(app: &AppHandle<R>, entries: &[Entry]) -> tauri::Result<Menu<R>> {
    let items = build_all(app, entries)?;
    let items: Vec<&dyn IsMenuItem<R>> = items.iter().map(AsRef::as_ref).collect();
    Menu::with_items(app, &items)
}

fn build_all<R: Runtime>(
    app: &AppHandle<R>,
    entries: &[Entry],
) -> tauri::Result<Vec<Box<dyn IsMenuItem<R>>>> {
    entries.iter().map(|entry| build_entry(app, entry)).collect()
}

fn build_entry<R: Runtime>(
    app: &AppHandle<R>,
    entry: &Entry,
) -> tauri::Result<Box<dyn IsMenuItem<R>>> {
    let no_keys = None::<&str>;
    Ok(match entry {
        Entry::Label(text) => Box::new(MenuItem::new(app, literal(text), false, no_keys)?),
        Entry::Item { command, text, is_enabled } => {
            Box::new(MenuItem::with_id(app, command.id(), text, *is_enabled, no_keys)?)
        }
        Entry::Check { command, text, is_checked } => {
            let text = literal(text);
            Box::new(CheckMenuItem::with_id(app, command.id(), text, true, *is_checked, no_keys)?)
        }
        Entry::Submenu { text, entries } => {
            let items = build_all(app, entries)?;
            let items: Vec<&dyn IsMenuItem<R>> = items.iter().map(AsRef::as_ref).collect();
            Box::new(Submenu::with_items(app, text, true, &items)?)
        }
        Entry::Separator => Box::new(PredefinedMenuItem::separator(app)?),
    })
}
