//! Follows whether a panel shows tray icons: one that does owns a well-known name on the session bus.

use ashpd::zbus::Connection;
use ashpd::zbus::fdo::DBusProxy;
use ashpd::zbus::names::BusName;
use futures_util::{Stream, StreamExt as _, stream};

/// The name of the StatusNotifierItem specification of freedesktop.org.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Whether a panel is there: at once, and whenever one comes or goes. Ends with the bus.
///
/// # Errors
/// If there is no session bus, and so no panel.
pub(crate) async fn panels() -> anyhow::Result<impl Stream<Item = bool>> {
    let bus = Connection::session().await?;
    let names = DBusProxy::new(&bus).await?;
    // Changes are subscribed to first, so that none is missed.
    let changes = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
    let is_there = names.name_has_owner(BusName::try_from(WATCHER)?).await?;
    let changes = changes.map(|change| change.args().is_ok_and(|args| args.new_owner().is_some()));
    Ok(stream::iter([is_there]).chain(changes))
}
