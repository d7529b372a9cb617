//! [`Remote`]: engines on other machines, and whether they may be asked at all.

use std::fmt;

use pounce_model_format::FimTokens;
use serde::{Deserialize, Serialize};

use super::field_error::FieldError;
use crate::catalog::{ModelId, Tier};

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

    /// Replaces the engine named `old` by `engine`, or adds it at the end if there is none.
    ///
    /// # Errors
    /// If another engine has the same name.
    pub fn put(&mut self, old: Option<&ModelId>, engine: RemoteEngine) -> Result<(), FieldError> {
        if old != Some(&engine.id) && self.get(&engine.id).is_some() {
            let message =
                format!("{} is the name of another engine: choose a different one", engine.id);
            return Err(FieldError::new("remote.engines", message));
        }
        match self.engines.iter_mut().find(|known| Some(&known.id) == old) {
            Some(known) => *known = engine,
            None => self.engines.push(engine),
        }
        Ok(())
    }

    /// The engines that may be asked: none, unless the user has turned them on.
    pub fn active(&self) -> &[RemoteEngine] {
        if self.enabled { &self.engines } else { &[] }
    }
}

/// A server that completes code, and an entry of the model selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteEngine {
    /// Its name in the selector, which no installed model has.
    pub id: ModelId,
    /// Its address, such as `http://127.0.0.1:8080`. Requests append `/v1/completions` or `/infill`,
    /// or `completions` alone if the address has a path.
    pub url: String,
    /// The model's name on the server; empty if the server has only one.
    #[serde(default)]
    pub model: String,
    /// The protocol of its requests.
    pub kind: RemoteKind,
    /// The fill-in-the-middle tokens of [`RemoteKind::Fim`]; `None` uses Qwen's.
    #[serde(default)]
    pub fim: Option<FimTokens>,
    /// Its rank for the router.
    #[serde(default = "large")]
    pub tier: Tier,
    /// The longest prompt that is sent, in tokens of about 3.5 bytes.
    #[serde(default = "context_tokens")]
    pub context_tokens: usize,
}

/// How a server is sent the code after the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemoteKind {
    /// `/completions` with `prompt` and `suffix`: Ollama, DeepSeek.
    Openai,
    /// `/infill` with `input_prefix` and `input_suffix`: llama.cpp's own server.
    LlamaCpp,
    /// `/completions` with the model's fill-in-the-middle prompt written here: vLLM and Ray Serve,
    /// which refuse a suffix, LM Studio, which names none among what it takes, and llama-cpp-python,
    /// which puts it behind tokens of another meaning.
    Fim,
    /// `/completions` with the prefix alone: models without fill-in-the-middle.
    Plain,
}

impl RemoteKind {
    /// Every kind with its name in settings and command line.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Openai, "openai"),
        (Self::LlamaCpp, "llama-cpp"),
        (Self::Fim, "fim"),
        (Self::Plain, "plain"),
    ];

    /// The name of this kind in settings and command line.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for RemoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn large() -> Tier {
    Tier::Large
}

fn context_tokens() -> usize {
    2048
}

impl RemoteEngine {
    /// An engine with the default tier and context.
    pub fn new(id: ModelId, url: String, kind: RemoteKind) -> Self {
        Self {
            id,
            url,
            model: String::new(),
            kind,
            fim: None,
            tier: large(),
            context_tokens: context_tokens(),
        }
    }

    /// The host that the code would go to, for the user to read; empty for an invalid address.
    pub fn host(&self) -> &str {
        split(&self.url).map_or("", |address| address.host)
    }

    /// Whether both addresses name the same server, so that one API key serves both.
    pub fn has_server_of(&self, other: &Self) -> bool {
        split(&self.url) == split(&other.url)
    }

    /// Whether it runs on this machine, so that no code leaves it.
    pub fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: std::net::IpAddr| address.is_loopback();
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
    }

    /// What is wrong with this engine; `None` if it is valid.
    pub fn problem(&self, allows_plain_http: bool) -> Option<String> {
        let Some(Address { scheme, .. }) = split(&self.url) else {
            return Some(format!(
                "{:?} is no address: start it with http:// or https://",
                self.url
            ));
        };
        if self.id.as_str().trim().is_empty() {
            return Some(format!("the engine at {} has no name", self.url));
        }
        if self.url.contains('@') {
            return Some(format!("{}: put no password into the address, set a key", self.id));
        }
        if scheme == "http" && !self.is_loopback() && !allows_plain_http {
            let host = self.host();
            return Some(format!(
                "{}: http:// would send your code to {host} unencrypted; use https://, or set \
                 remote.allow_plain_http",
                self.id
            ));
        }
        let range = 64..=1_048_576;
        (!range.contains(&self.context_tokens))
            .then(|| format!("{}: context_tokens must be between 64 and 1,048,576", self.id))
    }
}

/// The parts of an address that name a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address<'a> {
    scheme: &'a str,
    host: &'a str,
    /// With its colon; empty for the scheme's default port.
    port: &'a str,
}

/// Returns the server of an address; `None` if the address is not a valid HTTP one.
fn split(url: &str) -> Option<Address<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let end = match authority.find(']') {
        Some(end) => end + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at(end);
    let is_http = matches!(scheme, "http" | "https");
    (is_http && !host.is_empty() && !url.contains(char::is_whitespace)).then_some(Address {
        scheme,
        host,
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine(url: &str) -> RemoteEngine {
        RemoteEngine::new("far".into(), url.to_owned(), RemoteKind::Openai)
    }

    #[test]
    fn code_goes_unencrypted_to_this_machine_only() {
        let check = |url: &str, part: Option<&str>| {
            let problem = engine(url).problem(false);
            assert_eq!(problem.is_some(), part.is_some(), "{url}: {problem:?}");
            assert!(problem.unwrap_or_default().contains(part.unwrap_or("")), "{url}");
        };
        check("https://models.example.org/v1", None);
        check("http://127.0.0.1:8080/v1", None);
        check("http://localhost:8080", None);
        check("http://[::1]:8080/v1", None);
        check("http://models.example.org/v1", Some("unencrypted"));
        check("http://127.0.0.1.example.org/v1", Some("unencrypted"));
        check("ftp://example.org", Some("no address"));
        check("example.org/v1", Some("no address"));
        check("https://me:secret@example.org/v1", Some("set a key"));
        assert_eq!(
            engine("http://models.example.org/v1").problem(true),
            None,
            "if the user says so"
        );
    }

    #[test]
    fn a_server_is_scheme_host_and_port() {
        let check = |url: &str, is_same: bool| {
            let known = engine("https://models.example.org:8000/v1");
            assert_eq!(known.has_server_of(&engine(url)), is_same, "{url}");
        };
        check("https://models.example.org:8000/v2?x=y", true);
        check("http://models.example.org:8000/v1", false);
        check("https://models.example.org/v1", false);
        check("https://models.example.org:8001/v1", false);
        check("https://example.org:8000/v1", false);
        check("https://models.example.org:8000.example.com/v1", false);
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
    fn an_entry_needs_only_name_address_and_kind() {
        let json = r#"{ "id": "far", "url": "https://example.org/v1", "kind": "llama-cpp" }"#;
        let engine: RemoteEngine = serde_json::from_str(json).unwrap();
        assert_eq!((engine.tier, engine.context_tokens), (Tier::Large, 2048));
        assert_eq!((engine.host(), engine.kind.name()), ("example.org", "llama-cpp"));
    }
}
