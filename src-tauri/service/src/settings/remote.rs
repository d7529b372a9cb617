//! [`Remote`]: engines on other machines, and whether they may be asked at all.

use serde::{Deserialize, Serialize};

use super::field_error::FieldError;
use pounce_models::catalog::ModelId;
pub use pounce_models::registry::{RemoteEngine, RemoteKind};

/// Engines on other machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "defaults.jsonc documents every field, once")]
pub struct Remote {
    pub enabled: bool,
    pub prefer: bool,
    pub allow_plain_http: bool,
    pub engines: Vec<RemoteEngine>,
}

impl Remote {
    /// The engine with this name.
    pub fn get(&self, id: &ModelId) -> Option<&RemoteEngine> {
        self.engines.iter().find(|engine| engine.id == *id)
    }

    /// Replaces the engine named `old` by `engine`, or adds it at the end if there is none. A server on another machine
    /// that none of the engines has yet turns them off: what the user allowed was to send code to the others.
    ///
    /// # Errors
    /// If another engine has the same name.
    pub fn put(&mut self, old: Option<&ModelId>, engine: RemoteEngine) -> Result<(), FieldError> {
        if old != Some(&engine.id) && self.get(&engine.id).is_some() {
            let message =
                format!("{} is the name of another engine: choose a different one", engine.id);
            return Err(FieldError::new("remote.engines", message));
        }
        let is_known = self.engines.iter().any(|known| known.has_server_of(&engine));
        self.enabled &= is_known || engine.is_loopback();
        match self.engines.iter_mut().find(|known| Some(&known.id) == old) {
            Some(known) => *known = engine,
            None => self.engines.push(engine),
        }
        Ok(())
    }

    /// The other machines that code goes to while the engines are on, each once.
    pub fn hosts(&self) -> Vec<&str> {
        let mut hosts = Vec::new();
        for engine in self.engines.iter().filter(|engine| !engine.is_loopback()) {
            if !hosts.contains(&engine.host()) {
                hosts.push(engine.host());
            }
        }
        hosts
    }

    /// The engines that may be asked: none, unless the user has turned them on.
    pub fn active(&self) -> &[RemoteEngine] {
        if self.enabled { &self.engines } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(url: &str) -> RemoteEngine {
        RemoteEngine::new("far".into(), url.to_owned(), RemoteKind::Openai)
    }

    #[test]
    fn two_engines_cannot_share_a_name() {
        let mut remote =
            Remote { enabled: false, prefer: false, allow_plain_http: false, engines: Vec::new() };
        let named = |id: &str, url: &str| RemoteEngine { id: id.into(), ..engine(url) };
        remote.put(None, named("a", "https://a.example.org")).unwrap();
        remote.put(None, named("b", "https://b.example.org")).unwrap();
        let refused = remote.put(Some(&"b".into()), named("a", "https://b.example.org"));
        assert!(refused.is_err_and(|error| error.message.contains("another")), "a is taken");
        remote
            .put(Some(&"a".into()), named("a", "https://c.example.org"))
            .expect("an entry keeps its own name");
        assert_eq!(remote.engines.len(), 2, "and is changed in its place");
    }

    #[test]
    fn nothing_is_asked_unless_it_was_turned_on() {
        let engines = vec![engine("https://example.org/v1")];
        let mut remote = Remote { enabled: false, prefer: false, allow_plain_http: false, engines };
        assert!(remote.active().is_empty(), "an entry alone sends nothing");
        remote.enabled = true;
        assert_eq!(remote.active().len(), 1);
    }

    #[test]
    fn a_new_server_is_not_asked_before_the_user_is() {
        let known = engine("https://a.example.org/v1");
        let check = |id: &str, url: &str, is_asked: bool| {
            let mut remote = Remote {
                enabled: true,
                prefer: false,
                allow_plain_http: false,
                engines: vec![known.clone()],
            };
            let old = (id == "far").then(|| id.into());
            remote.put(old.as_ref(), RemoteEngine { id: id.into(), ..engine(url) }).unwrap();
            assert_eq!(remote.enabled, is_asked, "{id} at {url}");
        };
        check("far", "https://a.example.org/v2", true);
        check("farther", "https://a.example.org/v1", true);
        check("near", "http://localhost:8080", true);
        check("farther", "https://b.example.org/v1", false);
        check("far", "https://b.example.org/v1", false);
        check("far", "https://a.example.org:8443/v1", false);
    }

    #[test]
    fn the_hosts_are_those_that_code_leaves_this_machine_for() {
        let urls = ["https://a.org/v1", "http://127.0.0.1:8080", "https://b.org", "https://a.org"];
        let engines = urls.map(engine).into();
        let remote = Remote { enabled: false, prefer: false, allow_plain_http: false, engines };
        assert_eq!(remote.hosts(), ["a.org", "b.org"]);
    }
}
