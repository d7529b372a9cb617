//! [`RemoteEngine`]: a server that the user lists beside the models of this disk.

use pounce_model_format::FimTokens;
use serde::{Deserialize, Serialize};

use super::{remote_kind::RemoteKind, server_address::ServerAddress};
use crate::catalog::{ModelId, Tier};

/// A server that completes code, listed in the settings and selected like a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteEngine {
    /// Its name, which no installed model has.
    pub id: ModelId,
    /// Its address: `http://127.0.0.1:8080`. `/v1/completions` or `/infill` is appended; to an
    /// address with a path, only `/completions`.
    pub url: String,
    /// The server's name for the model; empty if it serves only one.
    #[serde(default)]
    pub model: String,
    /// The protocol of its requests.
    pub kind: RemoteKind,
    /// The tokens of [`RemoteKind::Fim`]; `None` is Qwen's.
    #[serde(default)]
    pub fim: Option<FimTokens>,
    /// Its size class, for the router.
    #[serde(default = "large")]
    pub tier: Tier,
    /// The longest prompt that is sent, in tokens; a token counts as 3.5 bytes.
    #[serde(default = "context_tokens")]
    pub context_tokens: usize,
}

impl RemoteEngine {
    /// An engine with the default tier and context length.
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

    /// The host that code would be sent to, for messages; empty if the address is not valid.
    pub fn host(&self) -> &str {
        ServerAddress::of(&self.url).map_or("", |address| address.host)
    }

    /// Whether both are the same server, so that the key of one may be sent to the other.
    pub fn has_server_of(&self, other: &Self) -> bool {
        ServerAddress::of(&self.url) == ServerAddress::of(&other.url)
    }

    /// Whether it runs on this machine, so that nothing leaves it.
    pub fn is_loopback(&self) -> bool {
        let host = self.host().trim_start_matches('[').trim_end_matches(']');
        let is_loopback = |address: std::net::IpAddr| address.is_loopback();
        host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
    }

    /// Why the entry cannot be used; `None` if it can. `allows_plain_http` is the setting that
    /// permits code to be sent unencrypted.
    pub fn problem(&self, allows_plain_http: bool) -> Option<String> {
        let Some(ServerAddress { scheme, .. }) = ServerAddress::of(&self.url) else {
            return Some(format!("{:?} is no address: give http:// or https://", self.url));
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
                "{}: http:// would send your code to {host} unencrypted; use https://, or turn on \
                 \"Allow unencrypted connections\" (remote.allow_plain_http)",
                self.id
            ));
        }
        let range = 64..=1_048_576;
        (!range.contains(&self.context_tokens))
            .then(|| format!("{}: context_tokens must be between 64 and 1,048,576", self.id))
    }
}

fn large() -> Tier {
    Tier::Large
}

fn context_tokens() -> usize {
    2048
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
            "if the user allows it"
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
    fn an_entry_needs_only_name_address_and_kind() {
        let json = r#"{ "id": "far", "url": "https://example.org/v1", "kind": "llama-cpp" }"#;
        let engine: RemoteEngine = serde_json::from_str(json).unwrap();
        assert_eq!((engine.tier, engine.context_tokens), (Tier::Large, 2048));
        assert_eq!((engine.host(), engine.kind.name()), ("example.org", "llama-cpp"));
    }
}
