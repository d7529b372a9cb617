//! A fake desktop portal for hotkeys: the part of freedesktop.org's GlobalShortcuts portal that a
//! client needs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::message::Header;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, interface};

use super::desktop::Desktop;
use crate::patience::wait_for;

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SHORTCUTS: &str = "org.freedesktop.portal.GlobalShortcuts";

type Options = HashMap<String, OwnedValue>;
/// Each hotkey's id, and options with its description and proposed keys.
type Bound = Vec<(String, Options)>;

/// The portal; dropping it releases its name on the bus.
pub(crate) struct Portal<'a> {
    desktop: &'a Desktop,
    /// The last session and the hotkeys bound in it.
    bound: Arc<Mutex<Option<(OwnedObjectPath, Bound)>>>,
}

impl<'a> Portal<'a> {
    /// Takes the portal's name on the desktop's bus.
    pub(crate) fn serve(desktop: &'a Desktop) -> Self {
        let bound = Arc::default();
        let service = Shortcuts(Arc::clone(&bound));
        let served = async {
            desktop.bus.object_server().at(PATH, service).await?;
            desktop.bus.request_name(NAME).await
        };
        desktop.tasks.block_on(served).expect("a new bus has no other portal");
        Self { desktop, bound }
    }

    /// Waits until hotkeys are bound, and returns their ids.
    pub(crate) fn bound(&self) -> Vec<String> {
        let (_, bound) = self.session();
        bound.into_iter().map(|(id, _)| id).collect()
    }

    /// Sends the signal of a pressed hotkey.
    pub(crate) fn press(&self, id: &str) {
        let body = (self.session().0, id, 0_u64, Options::new());
        self.tell(PATH, SHORTCUTS, "Activated", &body);
    }

    /// Sends the signal that the desktop has closed the session.
    pub(crate) fn end_session(&self) {
        let body = Options::new();
        self.tell(&self.session().0, "org.freedesktop.portal.Session", "Closed", &body);
    }

    fn session(&self) -> (OwnedObjectPath, Bound) {
        wait_for("the hotkeys to be bound", || {
            let bound = self.bound.lock().expect("no holder panics");
            bound.as_ref().map(|(session, bound)| {
                let bound = bound.iter().map(|(id, _)| (id.clone(), Options::new()));
                (session.clone(), bound.collect())
            })
        })
    }

    fn tell<B>(&self, path: &str, interface: &str, signal: &str, body: &B)
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let told = self.desktop.bus.emit_signal(None::<&str>, path, interface, signal, body);
        self.desktop.tasks.block_on(told).expect("the bus runs");
    }
}

impl Drop for Portal<'_> {
    fn drop(&mut self) {
        let bus = &self.desktop.bus;
        let _ = self.desktop.tasks.block_on(async {
            bus.release_name(NAME).await?;
            bus.object_server().remove::<Shortcuts, _>(PATH).await
        });
    }
}

struct Shortcuts(Arc<Mutex<Option<(OwnedObjectPath, Bound)>>>);

#[interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Shortcuts {
    async fn create_session(
        &self,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> OwnedObjectPath {
        let session = handle(&header, &options, "session", "session_handle_token");
        let results = HashMap::from([("session_handle", Value::from(session.as_str()))]);
        answer(bus, &header, &options, results).await
    }

    async fn bind_shortcuts(
        &self,
        session: OwnedObjectPath,
        shortcuts: Bound,
        _parent: String,
        options: Options,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) -> OwnedObjectPath {
        let request = answer(bus, &header, &options, HashMap::new()).await;
        *self.0.lock().expect("no holder panics") = Some((session, shortcuts));
        request
    }

    #[zbus(property, name = "version")]
    fn version(&self) -> u32 {
        1
    }
}

/// Answers a request as portals do, by a signal at the request's path. Returns that path.
async fn answer(
    bus: &Connection,
    header: &Header<'_>,
    options: &Options,
    results: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let request = handle(header, options, "request", "handle_token");
    let body = (0_u32, results);
    bus.emit_signal(None::<&str>, &request, "org.freedesktop.portal.Request", "Response", &body)
        .await
        .expect("the bus runs");
    request
}

/// The path of a request or session. It is made from the caller's bus name and token.
fn handle(header: &Header<'_>, options: &Options, kind: &str, token: &str) -> OwnedObjectPath {
    let sender = header.sender().expect("the bus names the sender").trim_start_matches(':');
    let token: &str = options[token].downcast_ref().expect("a token is text");
    let path = format!("{PATH}/{kind}/{}/{token}", sender.replace('.', "_"));
    ObjectPath::try_from(path).expect("a token is part of a path").into()
}
