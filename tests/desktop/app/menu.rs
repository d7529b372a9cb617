//! The tray menu as the panel sees it: the D-Bus interface `com.canonical.dbusmenu` of the app's
//! icon.

use std::collections::HashMap;

use zbus::proxy::Proxy;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::patience::wait_for;
use crate::session::desktop::Desktop;

/// A menu line as `GetLayout` returns it: id, properties, and the lines below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// A pixmap: width, height, and four bytes a pixel.
type Picture = (i32, i32, Vec<u8>);

/// One line of the menu.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// By which the panel knows it.
    pub(crate) id: i32,
    pub(crate) label: String,
    pub(crate) is_enabled: bool,
    pub(crate) is_checked: bool,
    /// Whether it is one of several of which one is marked.
    pub(crate) is_radio: bool,
    is_visible: bool,
}

/// The tray icon of one running app, and its menu.
pub(crate) struct Menu<'a> {
    desktop: &'a Desktop,
    owner: String,
    item: OwnedObjectPath,
}

impl<'a> Menu<'a> {
    /// Waits for the icon of the app with process id `app`: the panel may still show the icon of an
    /// app that has ended.
    pub(crate) fn find(desktop: &'a Desktop, app: u32) -> Self {
        wait_for("the tray icon", || {
            registered(desktop).ok()?.iter().find_map(|item| {
                let (owner, path) = item.split_once('/')?;
                let item = OwnedObjectPath::try_from(format!("/{path}")).ok()?;
                let is_ours = desktop.process_of(owner) == Some(app);
                is_ours.then(|| Self { desktop, owner: owner.to_owned(), item })
            })
        })
    }

    /// All lines that are shown, including those of submenus.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = self.try_lines().unwrap_or_default();
        lines.retain(|line| line.is_visible);
        lines
    }

    /// Waits for a line whose text starts with `label` and that satisfies `is_right`.
    pub(crate) fn wait(&self, label: &str, is_right: impl Fn(&Line) -> bool) -> Line {
        wait_for(&format!("the menu's line {label:?}"), || {
            self.lines().into_iter().find(|line| line.label.starts_with(label) && is_right(line))
        })
    }

    /// Clicks the line whose text starts with `label`.
    pub(crate) fn click(&self, label: &str) {
        let line = self.wait(label, |line| line.is_enabled);
        let click = async {
            let menu = self.menu().await?;
            menu.call_method("Event", &(line.id, "clicked", Value::from(0), 0u32)).await
        };
        self.desktop.tasks.block_on(click).expect("the menu takes clicks");
    }

    /// The pixels of the icon that is shown.
    pub(crate) fn icon(&self) -> Vec<u8> {
        let pictures: Option<Vec<Picture>> = self.property("IconPixmap");
        pictures.into_iter().flatten().flat_map(|(_, _, pixels)| pixels).collect()
    }

    /// The two parts of what a panel shows where the pointer is on the icon.
    pub(crate) fn tooltip(&self) -> (String, String) {
        let tooltip: Option<(String, Vec<Picture>, String, String)> = self.property("ToolTip");
        tooltip.map(|(_, _, title, description)| (title, description)).unwrap_or_default()
    }

    fn property<T>(&self, name: &str) -> Option<T>
    where
        T: TryFrom<OwnedValue>,
        T::Error: Into<zbus::Error>,
    {
        let property = async {
            let item = self.proxy(&self.item, "org.kde.StatusNotifierItem").await?;
            item.get_property(name).await
        };
        self.desktop.tasks.block_on(property).ok()
    }

    async fn proxy<'p>(
        &'p self,
        path: &'p OwnedObjectPath,
        interface: &'static str,
    ) -> zbus::Result<Proxy<'p>> {
        zbus::proxy::Builder::new(&self.desktop.bus)
            .destination(self.owner.as_str())?
            .path(path)?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
    }

    async fn menu(&self) -> zbus::Result<Proxy<'static>> {
        let item = self.proxy(&self.item, "org.kde.StatusNotifierItem").await?;
        let path: OwnedObjectPath = item.get_property("Menu").await?;
        Proxy::new_owned(
            self.desktop.bus.clone(),
            self.owner.clone(),
            path,
            "com.canonical.dbusmenu",
        )
        .await
    }

    fn try_lines(&self) -> zbus::Result<Vec<Line>> {
        self.desktop.tasks.block_on(async {
            let menu = self.menu().await?;
            let (_, root): (u32, Layout) =
                menu.call("GetLayout", &(0, -1, Vec::<String>::new())).await?;
            Ok(flatten(root))
        })
    }
}

/// The icons that the panel shows, each as bus name followed by object path.
fn registered(desktop: &Desktop) -> zbus::Result<Vec<String>> {
    desktop.tasks.block_on(async {
        let name = "org.kde.StatusNotifierWatcher";
        let watcher = Proxy::new(&desktop.bus, name, "/StatusNotifierWatcher", name).await?;
        watcher.get_property("RegisteredStatusNotifierItems").await
    })
}

fn flatten((id, properties, children): Layout) -> Vec<Line> {
    let text =
        |name: &str| properties.get(name).and_then(|value| String::try_from(value.clone()).ok());
    let number =
        |name: &str| properties.get(name).and_then(|value| i32::try_from(value.clone()).ok());
    let flag =
        |name: &str| properties.get(name).and_then(|value| bool::try_from(value.clone()).ok());
    let line = Line {
        id,
        label: text("label").unwrap_or_default().replace("__", "_"),
        is_enabled: flag("enabled").unwrap_or(true),
        is_checked: number("toggle-state") == Some(1),
        is_radio: text("toggle-type").as_deref() == Some("radio"),
        is_visible: flag("visible").unwrap_or(true),
    };
    let below =
        children.into_iter().filter_map(|child| Layout::try_from(child).ok()).flat_map(flatten);
    std::iter::once(line).chain(below).collect()
}
