//! Follows whether a panel shows tray icons: one that does owns a well-known name on the session bus.

use ashpd::zbus::Connection;
use ashpd::zbus::fdo::DBusProxy;
use ashpd::zbus::names::BusName;
use futures_util::StreamExt as _;

/// The name of the StatusNotifierItem specification of freedesktop.org.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Calls `tell` with whether a panel is there: at once, and whenever one comes or goes. Returns when the bus is gone.
///
/// # Errors
/// If there is no session bus, and so no panel.
pub(crate) async fn follow(mut tell: impl FnMut(bool)) -> anyhow::Result<()> {
    let bus = Connection::session().await?;
    let names = DBusProxy::new(&bus).await?;
    let mut changes = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    tell(names.name_has_owner(BusName::try_from(WATCHER)?).await?);
    while let Some(change) = changes.next().await {
        tell(change.args()?.new_owner().is_some());
    }
    Ok(())
}
