//! [`Http`]: the one door to the network. Nothing else in the service names an HTTP library.
//!
//! It knows addresses, redirects, keys and how errors are told; what is fetched and why is the
//! business of [`install`](crate::install) and of [remote engines](crate::engines::remote). A key goes
//! to the host it was given for and to no other: a redirect to another one is followed without it.
//! Neither keys nor what is sent or received appear in an error or a log.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, IF_RANGE, LOCATION, RANGE,
};
use reqwest::{Client, Method, Response, Url};

/// Setting up a connection takes no longer than this.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A server of files that sends nothing for this long has gone.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// More redirects than this lead nowhere.
const MAX_REDIRECTS: usize = 5;

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address cannot be used.
    #[error("{url:?} is no address of HTTP")]
    Address {
        /// As it was given, but for what stands before an `@`.
        url: String,
    },
    /// Nobody answers there.
    #[error("cannot reach {host}: {reason}")]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The server stopped in the middle.
    #[error("the connection to {host} broke: {reason}")]
    Broken {
        /// Who was asked.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// Redirects that do not end, or to where no key or code may go.
    #[error("{host} redirects to {to:?}, which is not followed")]
    Redirect {
        /// Who was asked.
        host: String,
        /// Where to.
        to: String,
    },
    /// TLS could not be set up on this machine.
    #[error("secure connections cannot be set up: {0}")]
    Setup(String),
}

/// A key or token. Shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Takes a key; `None` if it is blank.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// For the store that keeps it.
    #[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "only a keyring takes it"))]
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Where a download goes on, if the file is still the same.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    /// Bytes that are there already.
    pub(crate) offset: u64,
    /// What the server named the version they are of: an entity tag or a date.
    pub(crate) validator: String,
}

/// Sends requests. Connections are kept and made when they are first needed.
#[derive(Debug)]
pub(crate) struct Http {
    /// A server that sends nothing for this long has gone.
    silence_limit: Duration,
    /// To this machine: through no proxy.
    direct: OnceLock<Client>,
    /// To all others: through the proxy that the environment names, if any.
    outward: OnceLock<Client>,
}

impl Default for Http {
    /// For servers of files.
    fn default() -> Self {
        Self::with_silence(SILENCE_LIMIT)
    }
}

impl Http {
    /// For servers that may have nothing to say for so long.
    pub(crate) fn with_silence(silence_limit: Duration) -> Self {
        Self { silence_limit, direct: OnceLock::new(), outward: OnceLock::new() }
    }

    /// Asks about a file. A redirect to another host is taken for the answer, since what it says of
    /// the file it says itself.
    pub(crate) async fn head(&self, url: &str, key: Option<&Secret>) -> Result<Reply, HttpError> {
        let fetch = Fetch { method: Method::HEAD, key, rest: None };
        self.fetch(url, &fetch).await
    }

    /// Fetches a file, or the rest of one.
    pub(crate) async fn get(
        &self,
        url: &str,
        key: Option<&Secret>,
        rest: Option<&Rest>,
    ) -> Result<Reply, HttpError> {
        self.fetch(url, &Fetch { method: Method::GET, key, rest }).await
    }

    /// Sends JSON. A redirect is an error: what is sent is for the host that was named.
    pub(crate) async fn post(
        &self,
        url: &str,
        key: Option<&Secret>,
        body: &serde_json::Value,
    ) -> Result<Reply, HttpError> {
        let url = parse(url)?;
        let request = self.client(&url)?.post(url.clone()).headers(authorization(key));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let reply = Reply::new(request.send().await.map_err(|error| failure(&url, error))?, url);
        match reply.location() {
            Some(to) => Err(HttpError::Redirect { host: reply.host(), to: without_query(&to) }),
            None => Ok(reply),
        }
    }

    async fn fetch(&self, url: &str, fetch: &Fetch<'_>) -> Result<Reply, HttpError> {
        let first = parse(url)?;
        let (mut url, mut earlier) = (first.clone(), HeaderMap::new());
        for _ in 0..=MAX_REDIRECTS {
            // The key is for the host that the caller named.
            let key = fetch.key.filter(|_| is_same_host(&first, &url));
            let request = self.client(&url)?.request(fetch.method.clone(), url.clone());
            let request = request.headers(authorization(key)).headers(range(fetch.rest));
            let response = request.send().await.map_err(|error| failure(&url, error))?;
            let mut reply = Reply::new(response, url.clone());
            reply.earlier = earlier;
            let Some(to) = reply.location() else { return Ok(reply) };
            if fetch.method == Method::HEAD && !is_same_host(&url, &to) {
                return Ok(reply);
            }
            if url.scheme() == "https" && to.scheme() != "https" {
                return Err(HttpError::Redirect { host: reply.host(), to: without_query(&to) });
            }
            (url, earlier) = (to, reply.all_headers());
        }
        Err(HttpError::Redirect { host: host(&first), to: without_query(&url) })
    }

    fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        let is_local = is_loopback(url);
        let place = if is_local { &self.direct } else { &self.outward };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let built = build(is_local, self.silence_limit)?;
        Ok(place.get_or_init(|| built))
    }
}

/// What is asked of a server.
struct Fetch<'a> {
    method: Method,
    key: Option<&'a Secret>,
    rest: Option<&'a Rest>,
}

fn build(is_local: bool, silence_limit: Duration) -> Result<Client, HttpError> {
    // Another part of the process may have installed one: any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("pounce/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(silence_limit);
    let builder = if is_local { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| HttpError::Setup(reason(error)))
}

/// An answer whose body has not been read.
#[derive(Debug)]
pub(crate) struct Reply {
    response: Response,
    url: Url,
    /// Headers of the redirects on the way.
    earlier: HeaderMap,
}

impl Reply {
    fn new(response: Response, url: Url) -> Self {
        Self { response, url, earlier: HeaderMap::new() }
    }

    /// The status code.
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Who answered.
    pub(crate) fn host(&self) -> String {
        host(&self.url)
    }

    /// A header of the answer itself.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// A header of the answer, or of a redirect that led to it.
    pub(crate) fn header_on_the_way(&self, name: &str) -> Option<&str> {
        self.header(name).or_else(|| self.earlier.get(name)?.to_str().ok())
    }

    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        let host = host(&self.url);
        let chunk = self.response.chunk().await;
        chunk.map_err(|error| HttpError::Broken { host, reason: reason(error) })
    }

    /// Where the server sends us instead, if it does.
    fn location(&self) -> Option<Url> {
        let is_redirect = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        let to = self.response.headers().get(LOCATION).filter(|_| is_redirect)?;
        self.url.join(to.to_str().ok()?).ok()
    }

    fn all_headers(self) -> HeaderMap {
        let mut all = self.earlier;
        all.extend(self.response.headers().clone());
        all
    }
}

fn parse(url: &str) -> Result<Url, HttpError> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let shown = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    parsed.filter(Url::has_host).ok_or_else(|| HttpError::Address { url: shown.to_owned() })
}

fn authorization(key: Option<&Secret>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = key.and_then(|key| HeaderValue::from_str(&format!("Bearer {}", key.0)).ok());
    if let Some(mut value) = value {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

fn range(rest: Option<&Rest>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // Sizes and ranges are of the file itself, not of a compressed one.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(Rest { offset, validator }) = rest
        && let Ok(validator) = HeaderValue::from_str(validator)
    {
        headers.insert(IF_RANGE, validator);
        headers.insert(RANGE, HeaderValue::from_str(&format!("bytes={offset}-")).expect("digits"));
    }
    headers
}

fn is_same_host(a: &Url, b: &Url) -> bool {
    (a.scheme(), a.host_str(), a.port_or_known_default())
        == (b.scheme(), b.host_str(), b.port_or_known_default())
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or(""))
}

/// An address fit for a message: what comes after the question mark may be a signature.
fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

fn failure(url: &Url, error: reqwest::Error) -> HttpError {
    let host = host(url);
    if error.is_connect() || error.is_timeout() {
        HttpError::Unreachable { host, reason: reason(error) }
    } else {
        HttpError::Broken { host, reason: reason(error) }
    }
}

/// The innermost cause, which is what the system said, in one line.
fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let text = cause.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_shown() {
        let secret = Secret::new(" hf_abc\n").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(secret.reveal(), "hf_abc", "without the line's end");
        assert!(Secret::new(" \n").is_none(), "blank is none");
        assert!(format!("{:?}", authorization(Some(&secret))).contains("Sensitive"));
    }

    #[test]
    fn a_host_is_its_scheme_name_and_port() {
        let check = |a: &str, b: &str, is_same: bool| {
            let same = is_same_host(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
            assert_eq!(same, is_same, "{a} and {b}");
        };
        check("https://a.org/x", "https://a.org:443/y", true);
        check("https://a.org/x", "https://cdn.a.org/x", false);
        check("https://a.org/x", "http://a.org/x", false);
        check("http://127.0.0.1:80/x", "http://127.0.0.1:81/x", false);
    }

    #[test]
    fn signatures_stay_out_of_messages() {
        let url = Url::parse("https://a.org/file?signature=abc").unwrap();
        assert_eq!(without_query(&url), "https://a.org/file");
        assert!(matches!(parse("file:///etc/passwd"), Err(HttpError::Address { .. })));
    }
}
