//! [`Http`]: sends requests and follows redirects.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, Url};

use super::address::{host, is_confidential, is_loopback, is_same_host, without_query};
use super::error::{HttpError, reason};
use super::headers::{authorization, range};
use super::{reply::Reply, resume_point::ResumePoint, secret::Secret};

/// Setting up a connection takes no longer than this.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A file server that sends nothing for this long is taken for dead.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// Redirects that are followed for one request.
const MAX_REDIRECTS: usize = 5;

/// Sends requests. Connections are made when they are first needed, and kept.
#[derive(Debug)]
pub struct Http {
    /// A server that sends nothing for this long is taken for dead.
    silence_limit: Duration,
    /// For this machine: without a proxy.
    direct: OnceLock<Client>,
    /// For all other hosts: through the proxy that the environment names, if any.
    outward: OnceLock<Client>,
}

impl Default for Http {
    /// A client of file servers, which fail after 30 s of silence.
    fn default() -> Self {
        Self::with_silence(SILENCE_LIMIT)
    }
}

impl Http {
    /// A client of servers that may send nothing for as long as `silence_limit`.
    pub fn with_silence(silence_limit: Duration) -> Self {
        Self { silence_limit, direct: OnceLock::new(), outward: OnceLock::new() }
    }

    /// Asks for the headers of a file. A redirect to another host is returned as the reply, since
    /// its own headers describe the file.
    pub(crate) async fn head(&self, url: &str, key: Option<&Secret>) -> Result<Reply, HttpError> {
        let fetch = Fetch { method: Method::HEAD, key, resume: None };
        self.fetch(url, &fetch).await
    }

    /// Fetches a file, or what is missing of it after `resume`.
    pub(crate) async fn get(
        &self,
        url: &str,
        key: Option<&Secret>,
        resume: Option<&ResumePoint>,
    ) -> Result<Reply, HttpError> {
        self.fetch(url, &Fetch { method: Method::GET, key, resume }).await
    }

    /// Whether [`head`](Self::head) and [`get`](Self::get) send a key to `url`. Over plain HTTP they
    /// do so within this machine only.
    pub(crate) fn sends_key_to(url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| is_confidential(&url))
    }

    /// Sends JSON, and the key whatever the address is: of remote engines, the settings allow plain
    /// HTTP or not.
    ///
    /// # Errors
    /// [`HttpError`]; a redirect is one, since the body is for the host that was named.
    pub async fn post(
        &self,
        url: &str,
        key: Option<&Secret>,
        body: &serde_json::Value,
    ) -> Result<Reply, HttpError> {
        let url = parse(url)?;
        let request = self.client(&url)?.post(url.clone()).headers(authorization(key));
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let response = request.send().await.map_err(|error| HttpError::of_request(&url, error))?;
        let reply = Reply::new(response, url, HeaderMap::new());
        match reply.location() {
            Some(to) => Err(HttpError::Redirect { host: reply.host(), to: without_query(&to) }),
            None => Ok(reply),
        }
    }

    async fn fetch(&self, url: &str, fetch: &Fetch<'_>) -> Result<Reply, HttpError> {
        let first = parse(url)?;
        let (mut url, mut redirect_headers) = (first.clone(), HeaderMap::new());
        for _ in 0..=MAX_REDIRECTS {
            // The key belongs to the host that the caller named.
            let may_have_key = is_same_host(&first, &url) && is_confidential(&url);
            let key = fetch.key.filter(|_| may_have_key);
            let request = self.client(&url)?.request(fetch.method.clone(), url.clone());
            let request = request.headers(authorization(key)).headers(range(fetch.resume));
            let response =
                request.send().await.map_err(|error| HttpError::of_request(&url, error))?;
            let reply = Reply::new(response, url.clone(), redirect_headers);
            let Some(to) = reply.location() else { return Ok(reply) };
            if fetch.method == Method::HEAD && !is_same_host(&url, &to) {
                return Ok(reply);
            }
            if url.scheme() == "https" && to.scheme() != "https" {
                return Err(HttpError::Redirect { host: reply.host(), to: without_query(&to) });
            }
            (url, redirect_headers) = (to, reply.all_headers());
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

/// A request without a body.
struct Fetch<'a> {
    method: Method,
    key: Option<&'a Secret>,
    resume: Option<&'a ResumePoint>,
}

/// A client that leaves redirects to [`Http`].
fn build(is_local: bool, silence_limit: Duration) -> Result<Client, HttpError> {
    // Another part of the process may have installed one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .user_agent(concat!("pounce/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(silence_limit);
    let builder = if is_local { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| HttpError::Setup(reason(error)))
}

/// An address of HTTP or HTTPS with a host.
fn parse(url: &str) -> Result<Url, HttpError> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let shown = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    parsed.filter(Url::has_host).ok_or_else(|| HttpError::Address { url: shown.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// `0.0.0.0` is no address of this machine alone, and yet a request to it stays here.
    #[tokio::test]
    async fn a_key_goes_over_plain_http_to_this_machine_only() {
        let key = Secret::new("hf_secret").unwrap();
        for (host, is_sent) in [("127.0.0.1", true), ("0.0.0.0", false)] {
            let listener = TcpListener::bind((host, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let server = std::thread::spawn(move || {
                let mut stream = listener.accept().unwrap().0;
                let lines = BufReader::new(&stream).lines().map(Result::unwrap);
                let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
                head.join("\n").to_lowercase()
            });
            let http =
                Http { outward: build(true, SILENCE_LIMIT).unwrap().into(), ..Http::default() };
            http.head(&format!("http://{host}:{port}/x"), Some(&key)).await.unwrap();
            let head = server.join().unwrap();
            assert_eq!(head.contains("hf_secret"), is_sent, "{host}: {head}");
        }
    }

    #[test]
    fn other_schemes_are_no_addresses() {
        assert!(matches!(parse("file:///etc/passwd"), Err(HttpError::Address { .. })));
    }
}
