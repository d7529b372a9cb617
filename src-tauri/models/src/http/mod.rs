//! [`Http`]: the only client of the network. No other module names an HTTP library.
//!
//! It knows addresses, redirects, keys and error messages. What is requested is decided by the
//! [installer](crate::install) and by the remote engines of the service. A key is sent to the host
//! that it was given for and to no other: a redirect to another host is followed without it. Errors
//! and logs contain neither keys nor anything that was sent or received.

mod address;
mod client;
mod error;
mod headers;
mod reply;
mod resume_point;
mod secret;

pub use client::Http;
pub use error::HttpError;
pub use reply::Reply;
pub use resume_point::ResumePoint;
pub use secret::Secret;
