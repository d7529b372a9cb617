//! What one program may take of the server. An editor stays far below.

use std::time::Duration;

/// Connections at a time; further ones are told so and closed.
pub(crate) const MAX_CONNECTIONS: usize = 64;

/// Bytes of a request's body. The model reads 128 KiB at most, but editors send whole files.
pub(crate) const MAX_BODY_BYTES: usize = 2 << 20;

/// Bytes of a request's line and headers: the least that hyper's buffer may have.
pub(crate) const MAX_HEADER_BYTES: usize = 8 << 10;

/// Headers of a request.
pub(crate) const MAX_HEADERS: usize = 64;

/// From the last answer, or the connection, to the end of the next request's headers: cuts what is
/// slow and what is idle. Clients keep unused connections for 5 s (httpx) or less.
pub(crate) const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// From the headers to the end of the body.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one connection lives. It ends after the answer that is being given then; clients
/// connect again.
pub(crate) const CONNECTION_LIFETIME: Duration = Duration::from_secs(600);

/// How long the last answer of a connection may take to be read by the client.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
