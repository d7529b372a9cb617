//! Installing models with the engines of this service: [`pounce_models`] with a [`LoadTest`] that
//! loads models as the service does.

mod engine_load_test;
mod measurement;
mod measurement_store;
mod profile_file;
mod standalone;
mod use_error;

pub use pounce_models::install::{
    ChecksumSource, ENDPOINT_VARIABLE, Hub, Install, InstallError, InstallOutcome, InstallProgress,
    InstallRequest, InstallStep, Installed, Installer, InstallerOptions, LoadTest, ModelSource,
    RemoveError, Repository, RetryPolicy, SpaceProbe, TOKEN_VARIABLE, VerifyError, free_bytes,
};

pub(crate) use engine_load_test::EngineLoadTest;
pub(crate) use measurement::LoadMeasurement;
pub(crate) use measurement_store::MeasurementStore;
pub use standalone::standalone_installer;
pub use use_error::UseError;
