//! Reads a request's body, within its limits.

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::limits::{BODY_TIMEOUT, MAX_BODY_BYTES};
use super::refusal::Refusal;

/// Reads a request's body.
///
/// # Errors
/// A refusal if it is too long, too slow or ends too early.
pub(crate) async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    // One that says so is refused before it is sent.
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_long());
    }
    let reading = timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY_BYTES).collect()).await;
    match reading {
        Err(_) => {
            let seconds = BODY_TIMEOUT.as_secs();
            let message = format!("the body did not come within {seconds} s");
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, message))
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "the body ends too early")),
        Ok(Ok(body)) => Ok(body.to_bytes()),
    }
}

fn too_long() -> Refusal {
    let message =
        format!("the body is longer than {} MiB: send less of the file", MAX_BODY_BYTES >> 20);
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}
