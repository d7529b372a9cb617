//! What was measured of each model on this machine: its speed, its size and its best number of
//! threads. The app and the command line measure through this module and share its file.

pub mod percentiles;
mod profile;
mod result;
mod shared_profile;
mod speed;
mod threads;

pub use profile::{Measured, Profile};
pub use result::{Calibration, CalibrationRow};
pub use speed::Speed;
pub use threads::{ThreadChoice, ThreadTimer, choose_threads};

#[cfg(any(test, feature = "fake"))]
pub(crate) use profile::BUFFER_BYTES;
pub(crate) use shared_profile::SharedProfile;
