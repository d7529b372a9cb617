//! [`Hub`]: a server in the layout of Hugging Face.

use std::sync::Arc;
use std::time::SystemTime;

use super::failure::{DownloadFailure, parse_retry_after};
use super::remote_file::{FileDescription, RemoteFile};
use super::retry_policy::RetryPolicy;
use crate::error::InstallError;
use crate::http::{Http, Reply, ResumePoint, Secret};

/// The server, unless the environment names another one.
const ENDPOINT: &str = "https://huggingface.co";
/// The environment variable that names another server with the same layout: a mirror.
pub const ENDPOINT_VARIABLE: &str = "HF_ENDPOINT";
/// The environment variable with the user's token, for files that are not open to everybody.
pub const TOKEN_VARIABLE: &str = "HF_TOKEN";

/// A server in the layout of Hugging Face: `{endpoint}/{repo}/resolve/{revision}/{file}`.
#[derive(Debug, Clone)]
pub struct Hub {
    endpoint: String,
    token: Option<Secret>,
    pub(crate) retry_policy: RetryPolicy,
    http: Arc<Http>,
}

impl Hub {
    /// The server at `endpoint`. The token is sent to it and to no other, and over plain HTTP within
    /// this machine only.
    pub fn new(endpoint: &str, token: Option<&str>) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token: token.and_then(Secret::new),
            retry_policy: RetryPolicy::default(),
            http: Arc::default(),
        }
    }

    /// The server that the environment names, or Hugging Face.
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
        let endpoint = variable(ENDPOINT_VARIABLE);
        let token = variable(TOKEN_VARIABLE);
        Self::new(endpoint.as_deref().unwrap_or(ENDPOINT), token.as_deref())
    }

    /// The same server with another policy for failed requests.
    #[must_use]
    pub fn with_retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self { retry_policy, ..self }
    }

    /// Asks for the description of a file.
    pub(crate) async fn describe(
        &self,
        file: &RemoteFile,
    ) -> Result<FileDescription, DownloadFailure> {
        let reply = self.http.head(&file.url(&self.endpoint), self.token.as_ref()).await?;
        Ok(FileDescription::of(&self.accept(reply, file)?))
    }

    /// Requests a file, or what is missing of it. The status of the reply is 200, 206 or 416.
    pub(crate) async fn get(
        &self,
        file: &RemoteFile,
        resume: Option<&ResumePoint>,
    ) -> Result<Reply, DownloadFailure> {
        let reply = self.http.get(&file.url(&self.endpoint), self.token.as_ref(), resume).await?;
        self.accept(reply, file)
    }

    /// The repository's address for a person, without a user name and password of the endpoint.
    fn address(&self, repo: &str) -> String {
        let (scheme, rest) = self.endpoint.split_once("://").unwrap_or(("https", &self.endpoint));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{host}/{repo}")
    }

    /// Whether there is a token that would have to be sent unencrypted.
    fn withholds_token(&self) -> bool {
        self.token.is_some() && !Http::sends_key_to(&self.endpoint)
    }

    fn accept(&self, reply: Reply, file: &RemoteFile) -> Result<Reply, DownloadFailure> {
        let refused = || InstallError::Refused {
            host: reply.host(),
            status: reply.status(),
            file: file.path.clone(),
        };
        let error = match reply.status() {
            // Only `Http::head` returns a redirect, whose own headers describe the file.
            200 | 206 | 301..=308 | 416 if !file.is_replaced_by_web_page(&reply) => {
                return Ok(reply);
            }
            200 | 206 | 301..=308 | 416 => {
                InstallError::NotAFile { host: reply.host(), file: file.path.clone() }
            }
            401 | 403 if self.withholds_token() => {
                InstallError::TokenWithheld { address: self.address(&file.repo) }
            }
            401 | 403 => InstallError::Gated { address: self.address(&file.repo) },
            404 => {
                InstallError::NotFound { what: file.path.clone(), place: self.address(&file.repo) }
            }
            408 | 429 | 500..=599 => {
                let value = reply.header("retry-after");
                let retry_after =
                    value.and_then(|value| parse_retry_after(value, SystemTime::now()));
                return Err(DownloadFailure::Transient { error: refused(), retry_after });
            }
            _ => refused(),
        };
        Err(DownloadFailure::Permanent(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_addresses_in_the_layout_of_hugging_face() {
        let hub = Hub::new("https://example.org/", None);
        let file = RemoteFile {
            repo: "a/b".to_owned(),
            revision: "refs/pr/1".to_owned(),
            path: "x/c.gguf".to_owned(),
        };
        let url = "https://example.org/a/b/resolve/refs%2Fpr%2F1/x/c.gguf";
        assert_eq!(file.url(&hub.endpoint), url, "a slash at the endpoint's end is a usual slip");
        assert_eq!(hub.address("a/b"), "https://example.org/a/b");
        let hub = Hub::new("https://me:secret@example.org", None);
        assert_eq!(hub.address("a/b"), "https://example.org/a/b", "for messages and logs");
    }

    #[test]
    fn a_token_is_withheld_from_plain_http_but_within_this_machine() {
        let withholds = |endpoint: &str| Hub::new(endpoint, Some("hf_secret")).withholds_token();
        assert!(withholds("http://mirror.lan"));
        assert!(!withholds("https://mirror.lan") && !withholds("http://127.0.0.1:8080"));
        assert!(!Hub::new("http://mirror.lan", None).withholds_token(), "there is none");
    }

    #[test]
    fn a_token_is_not_shown() {
        let hub = Hub::new("https://example.org", Some("hf_secret"));
        assert!(!format!("{hub:?}").contains("hf_secret"));
    }
}
