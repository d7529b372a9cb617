//! [`Tray`]: the icon in the panel and its menu. What they show is a [`TrayView`], from which `entries`
//! and `summary` make lines. `ksni` tells the panel of them over D-Bus, as freedesktop.org's StatusNotifierItem has it.
//!
//! `host` follows whether a panel is there; without one there is no icon.

pub(crate) mod command;
mod entries;
mod entry;
pub(crate) mod host;
mod icon;
mod menu;
mod summary;
#[cfg(test)]
mod test_view;
pub(crate) mod view;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gtk::glib::markup_escape_text;
use ksni::{Handle, Icon, MenuItem, ToolTip, TrayMethods as _};
use tokio::time::timeout;

use command::MenuCommand;
use entries::entries;
use icon::icon;
use menu::{OnCommand, items};
use summary::{hotkey_lines, status_line};
use view::TrayView;

/// How long a panel may take to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The icon in the panel and its menu.
pub(crate) struct Tray {
    on_command: OnCommand,
    /// `None` until a panel shows the icon.
    item: Option<Handle<StatusItem>>,
}

impl Tray {
    /// A tray that no panel shows yet. `on_command` takes the clicks, and must not wait.
    pub(crate) fn new(on_command: impl Fn(MenuCommand) + Send + Sync + 'static) -> Self {
        Self { on_command: Arc::new(on_command), item: None }
    }

    /// Has the panel that is there show `view`. A panel that comes later gets the icon from `ksni`, once there is one.
    ///
    /// # Errors
    /// If the panel has gone, or the bus, or the panel does not answer.
    pub(crate) async fn show(&mut self, view: TrayView) -> anyhow::Result<()> {
        if self.item.is_none() {
            let item = StatusItem { view, on_command: self.on_command.clone() };
            // `host` has seen it: what else the panel says of itself is not asked for.
            let item = item.assume_sni_available(true);
            let spawned = timeout(ANSWER_LIMIT, item.spawn()).await;
            self.item = Some(spawned.context("the panel does not answer")??);
        }
        Ok(())
    }

    /// Draws `view`. Of the icon and the menu's lines, `ksni` tells the panel those that have changed.
    pub(crate) async fn draw(&self, view: TrayView) {
        if let Some(item) = &self.item {
            item.update(|item| item.view = view).await;
        }
    }
}

/// What a panel asks for.
struct StatusItem {
    view: TrayView,
    on_command: OnCommand,
}

impl ksni::Tray for StatusItem {
    const MENU_ON_ACTIVATE: bool = true;

    /// By which panels remember where the icon is.
    fn id(&self) -> String {
        "pounce".into()
    }

    fn title(&self) -> String {
        "Pounce".into()
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        vec![icon(self.view.state)]
    }

    fn tool_tip(&self) -> ToolTip {
        let hotkeys: Vec<_> = hotkey_lines(&self.view).collect();
        ToolTip {
            title: status_line(&self.view),
            // Panels take it for markup.
            description: markup_escape_text(&hotkeys.join("\n")).into(),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        items(entries(&self.view), &self.on_command)
    }
}
