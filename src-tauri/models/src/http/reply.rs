//! [`Reply`]: what a server answers.

use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Response, Url};

use super::address::host;
use super::error::{HttpError, reason};

/// A reply whose body has not been read.
#[derive(Debug)]
pub struct Reply {
    response: Response,
    url: Url,
    /// The headers of the redirects that led to it.
    redirect_headers: HeaderMap,
}

impl Reply {
    pub(super) fn new(response: Response, url: Url, redirect_headers: HeaderMap) -> Self {
        Self { response, url, redirect_headers }
    }

    /// The status code of HTTP.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Host and port of the server that answered.
    pub fn host(&self) -> String {
        host(&self.url)
    }

    /// A header of this reply; `None` if there is none, or if it is not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// A header of this reply, or of a redirect that led to it.
    pub(crate) fn header_or_redirect_header(&self, name: &str) -> Option<&str> {
        self.header(name).or_else(|| self.redirect_headers.get(name)?.to_str().ok())
    }

    /// The next bytes of the body; `None` at its end.
    ///
    /// # Errors
    /// [`HttpError::Broken`].
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, HttpError> {
        let host = host(&self.url);
        let chunk = self.response.chunk().await;
        chunk.map_err(|error| HttpError::Broken { host, reason: reason(error) })
    }

    /// The target, if this is a redirect.
    pub(super) fn location(&self) -> Option<Url> {
        let is_redirect = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        let to = self.response.headers().get(LOCATION).filter(|_| is_redirect)?;
        self.url.join(to.to_str().ok()?).ok()
    }

    /// The headers of this reply and of the redirects before it.
    pub(super) fn all_headers(self) -> HeaderMap {
        let mut all = self.redirect_headers;
        all.extend(self.response.headers().clone());
        all
    }
}
