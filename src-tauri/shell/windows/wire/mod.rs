//! Wire types: the only ones that cross between the windows and the app.
//!
//! The TypeScript side of each type is generated into `ui/src/bindings` (`cargo gen`), so renaming a field here is a
//! compile error there. Each file also makes its types from those of the service and the request. Durations are in
//! milliseconds (`_ms`), memory in bytes (`_bytes`), times in milliseconds since 1970 (`at_ms`).

mod calibration;
mod error;
mod installs;
mod metrics;
mod models;
mod remote;
mod request_record;
mod settings;
mod status;
pub(crate) mod units;

pub(crate) use calibration::*;
pub(crate) use error::*;
pub(crate) use installs::*;
pub(crate) use metrics::*;
pub(crate) use models::*;
pub(crate) use remote::*;
pub(crate) use request_record::*;
pub(crate) use settings::*;
pub(crate) use status::*;
