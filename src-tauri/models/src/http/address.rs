//! Addresses: which belong to the same server, and how messages show them.

use std::net::IpAddr;

use reqwest::Url;

/// Whether scheme, host and port are the same.
pub(super) fn is_same_host(a: &Url, b: &Url) -> bool {
    (a.scheme(), a.host_str(), a.port_or_known_default())
        == (b.scheme(), b.host_str(), b.port_or_known_default())
}

/// Whether the host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Whether a file server may be sent a key: encrypted, or within this machine.
pub(super) fn is_confidential(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Host and port, for messages; the scheme's default port is left out.
pub(super) fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or(""))
}

/// The address for messages. The query is left out: it may be a signature.
pub(super) fn without_query(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
