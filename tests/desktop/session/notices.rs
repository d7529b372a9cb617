//! The desktop's notification service, which remembers every notice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::zvariant::OwnedValue;
use zbus::{Connection, interface};

use crate::patience::wait_for;

/// Summary and body of each notice so far.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<Vec<(String, String)>>>);

impl Notices {
    /// Takes the service's name on `bus`.
    pub(crate) async fn serve(bus: &Connection) -> Self {
        let notices = Self::default();
        let served = async {
            bus.object_server()
                .at("/org/freedesktop/Notifications", Service(notices.clone()))
                .await?;
            bus.request_name("org.freedesktop.Notifications").await
        };
        served.await.expect("a new bus has no other notification service");
        notices
    }

    /// Forgets the notices so far.
    pub(crate) fn clear(&self) {
        self.0.lock().expect("no holder panics").clear();
    }

    /// Whether there was a notice whose summary starts with `summary`.
    pub(crate) fn has(&self, summary: &str) -> bool {
        let notices = self.0.lock().expect("no holder panics");
        notices.iter().any(|(first, _)| first.starts_with(summary))
    }

    /// Waits for a notice whose summary starts with `summary`, and returns its body.
    pub(crate) fn wait(&self, summary: &str) -> String {
        wait_for(&format!("the notice {summary:?}"), || {
            let notices = self.0.lock().expect("no holder panics");
            notices
                .iter()
                .find(|(first, _)| first.starts_with(summary))
                .map(|(_, second)| second.clone())
        })
    }
}

/// The part of the desktop notifications specification of freedesktop.org that a client needs.
struct Service(Notices);

#[interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "the specification says so")]
    fn notify(
        &self,
        _app: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        self.0.0.lock().expect("no holder panics").push((summary, body));
        replaces.max(1)
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("test".into(), "pounce".into(), "1".into(), "1.2".into())
    }
}
