//! [`MeasurementStore`]: what a load test has to know of memory and speed.

use super::measurement::LoadMeasurement;
use pounce_models::registry::InstalledModel;

/// Memory and measurements, as a load test needs them. The service has them in its ledger and its
/// profile; the command line asks the machine and the profile file.
pub(crate) trait MeasurementStore: Send + Sync {
    /// Bytes that one more model may take now.
    fn room_bytes(&self) -> u64;

    /// Bytes that a model is expected to take.
    fn expected_bytes(&self, model: &InstalledModel) -> u64;

    /// Bytes that this process takes now.
    fn process_bytes(&self) -> u64;

    /// Threads that models run on; 0 is automatic.
    fn threads(&self) -> usize;

    /// Records what a load test measured.
    fn record(&self, model: &InstalledModel, measurement: &LoadMeasurement);
}
