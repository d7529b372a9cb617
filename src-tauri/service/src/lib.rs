//! The service: which model, how long, what if it fails. It knows no window and no clipboard.
//!
//! The life of a request, in the order of the folders that it passes:
//!
//! 1. `request`: the code around the cursor, and the client that asks; its [`Deadline`] starts here and
//!    is the only clock. A newer request of one client cancels the older, others wait in a bounded
//!    queue. The same context may have been completed before: then the cache answers;
//!    Where the snippet stands in the user's projects, the code around it is read before;
//! 2. `routing`: which models to ask, by the snippet, their measured speed, what is in memory and what
//!    their circuit breakers say;
//! 3. `pool`: a thread owns each loaded model; memory is kept within a budget, and loading happens in
//!    the background;
//! 4. [`engines`]: what runs a model, on this machine or on a server;
//! 5. `request` again: the run in flight is stopped at the deadline and paced to end at a useful
//!    boundary before it; without a model's answer [`fallback()`] copies from the snippet;
//! 6. [`confidence`]: how sure the answer is, by what an [`assessment`] of the model has shown;
//! 7. `metrics`: what it took, in numbers, never in text; `kept`: whether it still stands in its file
//!    minutes later.
//!
//! [`handle`](CompletionService) is what programs hold of all that, `calibration` what was measured of
//! the models on this machine, and `maintenance` what is done every few seconds.
//!
//! ```no_run
//! use pounce_engine::{Mode, Segments};
//! use pounce_service::{CompletionRequest, CompletionService, Paths, ServiceOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let service = CompletionService::start(ServiceOptions::new(Paths::find()?));
//! let segments = Segments { prefix: "def add(a, b):\n    return ".to_owned(), suffix: String::new() };
//! let completion = service.complete(CompletionRequest::new(segments, Mode::Line)).await;
//! println!("{} ({})", completion.text, completion.source.name());
//! service.shut_down().await;
//! # Ok(())
//! # }
//! ```

pub mod assessment;
mod calibration;
pub mod confidence;
mod context;
pub mod engines;
mod events;
mod handle;
pub mod install;
mod kept;
mod maintenance;
mod metrics;
mod panics;
mod pool;
mod request;
mod routing;
pub mod settings;

pub use calibration::{
    Calibration, CalibrationRow, Measured, Profile, Speed, ThreadChoice, ThreadTimer,
    choose_threads, percentiles,
};
pub use engines::{KEY_VARIABLE, KeyError, Keys};
pub use events::Event;
pub use handle::{
    CompletionService, LoadError, ModelStatus, RemoteChangeError, RemoteInfo, ServiceOptions,
    Status,
};
pub use install::{
    Install, InstallError, InstallOutcome, InstallProgress, InstallRequest, InstallStep, Installed,
    Installer, ModelSource, RemoveError, UseError, VerifyError, standalone_installer,
};
pub use metrics::{ClipboardTimes, Counter, KeptLevel, RequestRecord, TimeHistogram};
pub use panics::hide_panic_messages;
pub use pool::breakers::{BreakerConfig, BreakerState};
pub use pool::memory::{self, Pressure, Shortage};
pub use pool::worker::Host;
pub use pool::{ModelState, UnloadReason};
pub use pounce_fitting::{Rejection, RejectionReason};
pub use pounce_models::catalog::{
    ContextKind, ContextQuality, ModelCatalog, ModelId, ModelSpec, Quality, SourceSpec, Tier,
};
pub use pounce_models::paths::{MODELS_VARIABLE, Paths};
pub use pounce_models::registry::{InstalledModel, ModelRegistry};
pub use pounce_models::{sync, units};
pub use pounce_project::{FolderState, FolderStatus, NoPlace};
pub use request::cache::CacheKey;
pub use request::{
    Alternative, ClientId, Completion, CompletionRequest, CompletionSource, Deadline, Fallback,
    Improvement, Lookup, MAX_SEGMENT_BYTES, Reason, RequestOrigin, Sampling, TimeLimits,
    WindowTitle, fallback, in_file, related,
};
pub use routing::complexity::{Complexity, analyze};
pub use routing::{Choice, Preference, SkipReason};
pub use settings::Settings;
