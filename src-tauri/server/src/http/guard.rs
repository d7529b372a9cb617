//! Who may ask: programs of this machine that know the token. Pages in a browser may not.
//!
//! A browser sends `Origin` with every request that is not a plain `GET` of the same page, and
//! `Sec-Fetch-Site` with all of them. A page whose name was rebound to 127.0.0.1 is given away by
//! `Host`.

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{StatusCode, Uri};
use subtle::ConstantTimeEq as _;

use super::refusal::Refusal;

/// Says of which site a browser's request is; `none` is what the user has typed.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Checks who asks.
///
/// # Errors
/// A refusal if it is a page in a browser, if another host is meant, or if the token is wrong.
pub(crate) fn check(request: &Parts, token: Option<&str>) -> Result<(), Refusal> {
    refuse_pages(&request.headers)?;
    refuse_other_hosts(&request.headers, &request.uri)?;
    token.map_or(Ok(()), |token| check_token(&request.headers, token))
}

fn refuse_pages(headers: &HeaderMap) -> Result<(), Refusal> {
    let is_page = headers.get(SEC_FETCH_SITE).is_some_and(|site| site != "none");
    if is_page || headers.contains_key(ORIGIN) {
        return Err(forbidden("pages in a browser may not ask"));
    }
    Ok(())
}

fn refuse_other_hosts(headers: &HeaderMap, uri: &Uri) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next().and_then(authority).filter(|_| hosts.next().is_none());
    let host = host.ok_or_else(|| {
        Refusal::new(StatusCode::BAD_REQUEST, "the request needs one `Host` header")
    })?;
    if is_loopback(host.host()) && uri.host().is_none_or(is_loopback) {
        return Ok(());
    }
    Err(forbidden("`Host` must be localhost, 127.0.0.1 or [::1]"))
}

fn authority(host: &HeaderValue) -> Option<Authority> {
    host.to_str().ok()?.parse().ok()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host == "127.0.0.1" || host == "[::1]"
}

fn check_token(headers: &HeaderMap, token: &str) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    let is_right = match given.split_at_checked("bearer ".len()) {
        Some((scheme, given)) if scheme.eq_ignore_ascii_case(b"bearer ") => {
            given.ct_eq(token.as_bytes()).into()
        }
        _ => false,
    };
    let wrong = "the header `Authorization: Bearer TOKEN` must hold the token of Pounce's settings";
    if is_right { Ok(()) } else { Err(Refusal::new(StatusCode::UNAUTHORIZED, wrong)) }
}

fn forbidden(message: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn status(uri: &str, headers: &[(&str, &str)], token: Option<&str>) -> u16 {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        check(&parts, token).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn only_programs_that_mean_this_machine_may_ask() {
        for host in ["localhost:7686", "127.0.0.1", "[::1]:7686", "LOCALHOST"] {
            assert_eq!(status("/health", &[("host", host)], None), 200, "{host}");
        }
        for host in ["evil.example", "evil.example:7686", "127.0.0.1.evil.example", "192.168.0.2"] {
            assert_eq!(status("/health", &[("host", host)], None), 403, "{host}");
        }
        let local = ("host", "localhost");
        assert_eq!(status("/health", &[], None), 400, "no host");
        assert_eq!(status("/health", &[local, ("host", "evil.example")], None), 400, "two hosts");
        assert_eq!(status("/health", &[("host", "a b")], None), 400, "no host name");
        assert_eq!(status("http://evil.example/health", &[local], None), 403, "a proxy's request");
        for origin in ["https://evil.example", "http://localhost:7686", "null"] {
            assert_eq!(status("/health", &[local, ("origin", origin)], None), 403, "{origin}");
        }
        let image = ("sec-fetch-site", "cross-site");
        assert_eq!(status("/health", &[local, image], None), 403, "a page's image");
        assert_eq!(status("/health", &[local, ("sec-fetch-site", "none")], None), 200, "typed");
    }

    #[test]
    fn the_token_must_be_right_where_there_is_one() {
        let check = |given: &str, expected: u16| {
            let headers = [("host", "localhost"), ("authorization", given)];
            assert_eq!(status("/infill", &headers, Some("s3cret")), expected, "{given:?}");
        };
        check("Bearer s3cret", 200);
        check("bearer s3cret", 200);
        for wrong in
            ["", "s3cret", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret"]
        {
            check(wrong, 401);
        }
        assert_eq!(status("/infill", &[("host", "localhost")], Some("s3cret")), 401, "none given");
    }
}
