//! [`Tray`]: the icon in the panel and its menu. What they show is a [`TrayView`], from which `entries`
//! and `summary` make lines; `menu` and `indicator` draw them, on the main thread alone.
//!
//! If no panel shows tray icons, which `host` finds out, the icon waits for one.

pub(crate) mod command;
mod entries;
mod entry;
pub(crate) mod host;
mod indicator;
mod menu;
mod summary;
#[cfg(test)]
mod test_view;
pub(crate) mod view;

use std::path::PathBuf;
use std::rc::Rc;

use command::MenuCommand;
use entries::entries;
use indicator::Indicator;
use menu::Menu;
use summary::{hotkey_lines, status_line};
use view::TrayView;

/// The icon in the panel and its menu. Only the main thread may use it.
pub(crate) struct Tray {
    indicator: Indicator,
    menu: Menu,
    /// The view that is drawn now.
    drawn: TrayView,
}

impl Tray {
    /// A tray that shows `view`. The pictures of the icon are written into `folder`.
    ///
    /// # Errors
    /// If the library that draws tray icons is missing, which the message names, or the folder cannot be written.
    pub(crate) fn new(
        folder: PathBuf,
        view: TrayView,
        on_command: impl Fn(MenuCommand) + 'static,
    ) -> anyhow::Result<Self> {
        let mut menu = Menu::new(Rc::new(on_command));
        menu.draw(&entries(&view));
        let mut indicator = Indicator::new(folder, &mut menu.widget)?;
        show(&mut indicator, &view);
        Ok(Self { indicator, menu, drawn: view })
    }

    /// Draws `view`, if it differs from the view drawn now.
    pub(crate) fn draw(&mut self, view: TrayView) {
        if self.drawn != view {
            self.menu.draw(&entries(&view));
            show(&mut self.indicator, &view);
            self.drawn = view;
        }
    }
}

fn show(indicator: &mut Indicator, view: &TrayView) {
    let hotkeys: Vec<_> = hotkey_lines(view).collect();
    indicator.show(view.state, &status_line(view), &hotkeys.join("\n"));
}
