//! [`Reply`]: an answer over HTTP. A stream is sent in one piece, since a completion is only known
//! to fit once it is whole.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

/// An answer over HTTP.
pub(crate) type Reply = Response<Full<Bytes>>;

/// A JSON value.
pub(crate) fn json(status: StatusCode, value: &Value) -> Reply {
    reply(status, "application/json", value.to_string())
}

/// Plain text.
pub(crate) fn text(content_type: &'static str, text: impl Into<String>) -> Reply {
    reply(StatusCode::OK, content_type, text.into())
}

/// [Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html), one for
/// each text.
pub(crate) fn events(events: impl IntoIterator<Item = String>) -> Reply {
    let events = events.into_iter().map(|event| format!("data: {event}\n\n")).collect();
    reply(StatusCode::OK, "text/event-stream", events)
}

/// JSON values, each on a line of its own.
pub(crate) fn lines(values: &[Value]) -> Reply {
    let lines = values.iter().map(|value| format!("{value}\n")).collect();
    reply(StatusCode::OK, "application/x-ndjson", lines)
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Code is not for any cache on the way.
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}
