//! Wire types: what crosses between the windows and the app, beside the types that are the service's own (settings,
//! states of models and breakers, sources of completions, install progress, calibration, enums).
//!
//! The TypeScript side of each type is generated into `ui/src/bindings` (`cargo gen`), so renaming a field here is a
//! compile error there. Each file also makes its types from those of the service and the request. Durations are in
//! milliseconds (`_ms`), memory in bytes (`_bytes`), times in milliseconds since 1970 (`at_ms`).

mod completions;
mod error;
mod installs;
mod metrics;
mod models;
mod remote;
mod request_record;
mod settings;
mod status;

pub(crate) use completions::*;
pub(crate) use error::*;
pub(crate) use installs::*;
pub(crate) use metrics::*;
pub(crate) use models::*;
pub(crate) use remote::*;
pub(crate) use request_record::*;
pub(crate) use settings::*;
pub(crate) use status::*;

#[cfg(test)]
mod tests {
    use pounce_cli::{Verb, Window};
    use pounce_service::{Calibration, InstallProgress};
    use ts_rs::{Config, ExportError, TS};

    /// The answers whose types are the service's own, and part of no type here.
    #[test]
    fn export_bindings_of_the_service() -> Result<(), ExportError> {
        let config = Config::from_env();
        Calibration::export_all(&config)?;
        Verb::export_all(&config)?;
        Window::export_all(&config)?;
        InstallProgress::export_all(&config)
    }
}
