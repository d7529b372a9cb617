//! Whether a panel shows tray icons: one that does owns a well-known name on the session bus.

use ashpd::zbus::Connection;
use ashpd::zbus::fdo::DBusProxy;
use ashpd::zbus::names::BusName;

/// The name of the StatusNotifierItem specification of freedesktop.org.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Whether a panel is there.
///
/// # Errors
/// If there is no session bus; then there is no panel to speak of.
pub(crate) async fn exists() -> anyhow::Result<bool> {
    let bus = Connection::session().await?;
    let watcher = BusName::try_from(WATCHER)?;
    Ok(DBusProxy::new(&bus).await?.name_has_owner(watcher).await?)
}
