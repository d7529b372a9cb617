//! [`Panel`]: the part of a panel that shows tray icons, where none runs.

use zbus::names::BusName;
use zbus::{Connection, fdo, interface};

use super::desktop::Desktop;

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";

/// A panel on the desktop's bus; dropping it takes it away.
pub(crate) struct Panel<'a>(&'a Desktop);

impl<'a> Panel<'a> {
    pub(crate) fn start(desktop: &'a Desktop) -> Self {
        let started = async {
            desktop.bus.object_server().at(PATH, Watcher::default()).await?;
            desktop.bus.request_name(NAME).await
        };
        desktop.tasks.block_on(started).expect("no panel runs here");
        Self(desktop)
    }
}

impl Drop for Panel<'_> {
    fn drop(&mut self) {
        let stopped = async {
            self.0.bus.release_name(NAME).await?;
            self.0.bus.object_server().remove::<Watcher, _>(PATH).await
        };
        self.0.tasks.block_on(stopped).expect("it was started");
    }
}

/// The icons, each as bus name followed by object path.
#[derive(Default)]
struct Watcher(Vec<String>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// Takes the bus name of a program that has an icon at the path of the specification.
    async fn register_status_notifier_item(
        &mut self,
        #[zbus(connection)] bus: &Connection,
        name: String,
    ) -> fdo::Result<()> {
        let name = BusName::try_from(name).map_err(zbus::Error::from)?;
        let owner = fdo::DBusProxy::new(bus).await?.get_name_owner(name).await?;
        self.0.push(format!("{owner}/StatusNotifierItem"));
        Ok(())
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.0.clone()
    }
}
