//! What was measured of each model on this machine: its speed, its size and its best number of
//! threads. The app and the command line measure through this module and share its file.

mod measurement_store;
mod profile;
mod speed;
mod threads;

pub use profile::{Measured, Profile};
pub use speed::Speed;
pub use threads::{ThreadChoice, ThreadTimer, choose_threads};

pub(crate) use measurement_store::MeasurementStore;
#[cfg(any(test, feature = "fake"))]
pub(crate) use profile::BUFFER_BYTES;
