//! [`Hub`]: a server in the layout of Hugging Face, and what it says of files.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::InstallError;
use super::backoff::{Patience, parse_retry_after};
use crate::http::{Http, HttpError, Reply, Rest, Secret};

/// Where files are, unless the environment says otherwise.
const ENDPOINT: &str = "https://huggingface.co";
/// Names another server of the same layout: a mirror.
pub const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
/// The user's token there, for files that are not open to everybody.
pub const TOKEN_VARIABLE: &str = "HF_TOKEN";

/// A server in the layout of Hugging Face: `{endpoint}/{repo}/resolve/{revision}/{file}`.
#[derive(Debug, Clone)]
pub struct Hub {
    endpoint: String,
    token: Option<Secret>,
    pub(super) patience: Patience,
    http: Arc<Http>,
}

impl Hub {
    /// A server; the token is sent to it and to no other.
    pub fn new(endpoint: &str, token: Option<&str>) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.and_then(Secret::new),
            patience: Patience::default(),
            http: Arc::default(),
        }
    }

    /// The one that the environment names, else Hugging Face.
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let endpoint = variable(ENDPOINT_VARIABLE);
        let token = variable(TOKEN_VARIABLE);
        Self::new(endpoint.as_deref().unwrap_or(ENDPOINT), token.as_deref())
    }

    /// With another patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Where a person finds a repository; without a name and password that the endpoint may have.
    pub(super) fn address(&self, repo: &str) -> String {
        let (scheme, rest) = self.endpoint.split_once("://").unwrap_or(("https", &self.endpoint));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{host}/{repo}")
    }

    /// Asks what a file is.
    pub(super) async fn describe(&self, file: &RemoteFile) -> Result<Description, Failure> {
        let reply = self.http.head(&self.url(file), self.token.as_ref()).await;
        let reply = self.accept(reply.map_err(Failure::of)?, file)?;
        Ok(Description::of(&reply))
    }

    /// Fetches a file, or the rest of one. The reply's status is 200, 206 or 416.
    pub(super) async fn get(
        &self,
        file: &RemoteFile,
        rest: Option<&Rest>,
    ) -> Result<Reply, Failure> {
        let reply = self.http.get(&self.url(file), self.token.as_ref(), rest).await;
        self.accept(reply.map_err(Failure::of)?, file)
    }

    fn url(&self, file: &RemoteFile) -> String {
        let RemoteFile { repo, revision, path } = file;
        // A branch's slash is part of its name, not of the path.
        let revision = revision.replace('/', "%2F");
        format!("{}/{repo}/resolve/{revision}/{path}", self.endpoint)
    }

    fn accept(&self, reply: Reply, file: &RemoteFile) -> Result<Reply, Failure> {
        let refused = || InstallError::Refused {
            host: reply.host(),
            status: reply.status(),
            file: file.path.clone(),
        };
        let error = match reply.status() {
            // A redirect is answered for by the hub itself; see `Http::head`.
            200 | 206 | 301..=308 | 416 if !is_web_page(&reply, file) => return Ok(reply),
            200 | 206 | 301..=308 | 416 => {
                InstallError::NotAFile { host: reply.host(), file: file.path.clone() }
            }
            401 | 403 => InstallError::Gated { address: self.address(&file.repo) },
            404 => {
                InstallError::NotFound { what: file.path.clone(), place: self.address(&file.repo) }
            }
            408 | 429 | 500..=599 => {
                let asked = reply.header("retry-after");
                let retry_after =
                    asked.and_then(|value| parse_retry_after(value, SystemTime::now()));
                return Err(Failure::Passing { error: refused(), retry_after });
            }
            _ => refused(),
        };
        Err(Failure::Final(error))
    }
}

/// One file on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RemoteFile {
    pub(super) repo: String,
    pub(super) revision: String,
    pub(super) path: String,
}

/// What a server says of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) size_bytes: Option<u64>,
    /// Of files in large-file storage.
    pub(super) sha256: Option<String>,
    /// That the revision stands for now.
    pub(super) commit: Option<String>,
}

impl Description {
    fn of(reply: &Reply) -> Self {
        let linked = reply.header_on_the_way("x-linked-size");
        let own = reply.header("content-length").filter(|_| reply.status() == 200);
        let etag = reply.header_on_the_way("x-linked-etag").map(|etag| etag.trim_matches('"'));
        let commit = reply.header_on_the_way("x-repo-commit");
        Self {
            size_bytes: linked.or(own).and_then(|size| size.parse().ok()),
            sha256: etag.filter(|etag| is_hexadecimal(etag, 64)).map(str::to_lowercase),
            commit: commit.filter(|commit| is_hexadecimal(commit, 40)).map(str::to_owned),
        }
    }
}

/// Why something was not fetched.
#[derive(Debug)]
pub(super) enum Failure {
    /// Trying again would not help.
    Final(InstallError),
    /// It may.
    Passing {
        error: InstallError,
        /// Not before, says the server.
        retry_after: Option<Duration>,
    },
}

impl Failure {
    pub(super) fn of(reason: HttpError) -> Self {
        let is_passing = matches!(reason, HttpError::Unreachable { .. } | HttpError::Broken { .. });
        let error = InstallError::Unreachable { reason };
        if is_passing { Self::Passing { error, retry_after: None } } else { Self::Final(error) }
    }
}

impl From<InstallError> for Failure {
    fn from(error: InstallError) -> Self {
        Self::Final(error)
    }
}

/// Sign-in pages of networks, and error pages sent as if they were files.
fn is_web_page(reply: &Reply, file: &RemoteFile) -> bool {
    let kind = reply.header("content-type").unwrap_or_default();
    // The body of a redirect is nobody's file.
    let is_body = matches!(reply.status(), 200 | 206);
    is_body && kind.starts_with("text/html") && !file.path.ends_with(".html")
}

fn is_hexadecimal(text: &str, n_digits: usize) -> bool {
    text.len() == n_digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_the_layout_of_hugging_face() {
        let hub = Hub::new("https://example.org/", None);
        let file = RemoteFile {
            repo: "a/b".to_owned(),
            revision: "refs/pr/1".to_owned(),
            path: "x/c.gguf".to_owned(),
        };
        let url = "https://example.org/a/b/resolve/refs%2Fpr%2F1/x/c.gguf";
        assert_eq!(hub.url(&file), url, "one slash at the end of the endpoint is the usual slip");
        assert_eq!(hub.address("a/b"), "https://example.org/a/b");
        let hub = Hub::new("https://me:secret@example.org", None);
        assert_eq!(hub.address("a/b"), "https://example.org/a/b", "for messages and logs");
    }

    #[test]
    fn a_token_is_not_shown() {
        let hub = Hub::new("https://example.org", Some("hf_secret"));
        assert!(!format!("{hub:?}").contains("hf_secret"));
    }
}
