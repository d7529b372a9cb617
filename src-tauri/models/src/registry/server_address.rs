//! [`ServerAddress`]: the part of a URL that says which server answers.

/// Scheme, host and port of a URL. Two equal ones are one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerAddress<'a> {
    pub(super) scheme: &'a str,
    pub(super) host: &'a str,
    /// With its colon; empty is the scheme's default.
    port: &'a str,
}

impl<'a> ServerAddress<'a> {
    /// The server of `url`; `None` if that is no address of HTTP.
    pub(super) fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let end = match authority.find(']') {
            Some(end) => end + 1,
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let (host, port) = authority.split_at(end);
        let is_http = matches!(scheme, "http" | "https");
        (is_http && !host.is_empty() && !url.contains(char::is_whitespace))
            .then_some(ServerAddress { scheme, host, port })
    }
}
