//! The desktop's secret service: GNOME's keyring, unlocked, in the test's own home. Its items are
//! read over D-Bus through freedesktop.org's `org.freedesktop.Secret` interfaces.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use zbus::proxy::Proxy;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use super::desktop::Desktop;
use super::process::Process;
use crate::patience::wait_until;

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const ITEM: &str = "org.freedesktop.Secret.Item";

/// A secret as the interface returns it: session, parameters, value and content type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// A running secret service; dropping it ends it.
pub(crate) struct Secrets<'a> {
    desktop: &'a Desktop,
    _daemon: Process,
}

impl<'a> Secrets<'a> {
    /// Starts the service with its files below `home` and unlocks it. It replaces one that the bus
    /// may have started.
    pub(crate) fn start(desktop: &'a Desktop, home: &Path) -> Self {
        let mut command = desktop.command("gnome-keyring-daemon", home);
        command.args(["--unlock", "--foreground", "--replace", "--components=secrets"]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut daemon =
            command.spawn().expect("gnome-keyring-daemon can be run; see packages.txt");
        // The daemon reads the password until the end of its input.
        let mut input = daemon.stdin.take().expect("it was just piped");
        input.write_all(b"password").expect("it reads to the end");
        drop(input);
        let id = daemon.id();
        let secrets = Self { desktop, _daemon: Process::from(daemon) };
        wait_until("the secret service", || desktop.process_of(NAME) == Some(id));
        secrets
    }

    /// The secrets that are filed under these attributes.
    pub(crate) fn find(&self, attributes: &[(&str, &str)]) -> Vec<String> {
        let attributes: HashMap<_, _> = attributes.iter().copied().collect();
        let found = self.desktop.tasks.block_on(self.search(&attributes));
        found.expect("the service answers")
    }

    async fn search(&self, attributes: &HashMap<&str, &str>) -> zbus::Result<Vec<String>> {
        let service =
            Proxy::new(&self.desktop.bus, NAME, "/org/freedesktop/secrets", SERVICE).await?;
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from(""))).await?;
        let (unlocked, _): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
            service.call("SearchItems", &(attributes,)).await?;
        let mut secrets = Vec::new();
        for path in unlocked {
            let item = Proxy::new(&self.desktop.bus, NAME, path, ITEM).await?;
            let (_, _, secret, _): Secret = item.call("GetSecret", &(&session,)).await?;
            secrets.push(String::from_utf8_lossy(&secret).into_owned());
        }
        Ok(secrets)
    }
}
