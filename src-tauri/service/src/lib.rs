//! The service: which model, how long, what if it fails. It knows no window and no clipboard.
//!
//! The life of a request, in the order of the files it passes:
//!
//! 1. [`request`](CompletionRequest): the code around the cursor, and who asks; its
//!    [`Deadline`] starts here and is the only clock;
//! 2. `queue`: a newer request of one client cancels the older, others wait in a bounded line;
//! 3. [`cache`](CompletionCache): the same context may have been completed before;
//! 4. [`analyze`] and [`route`]: which models to ask, by the snippet, their measured speed, what is
//!    in memory and what their [breakers](CircuitBreaker) say;
//! 5. `pool` and `worker`: a thread owns each loaded model; memory is kept within a
//!    [budget](MemoryLedger), and loading happens in the background;
//! 6. `flight`: the run, stopped at the deadline and [paced](Pace) to end at a useful
//!    boundary before it;
//! 7. [`fallback()`]: an answer without a model, or none, said plainly;
//! 8. [`metrics`](Metrics): what it took, in numbers, never in text.
//!
//! ```no_run
//! use pounce_engine::{Mode, Segments};
//! use pounce_service::{CompletionRequest, CompletionService, Paths, ServiceOptions};
//!
//! # async fn example() {
//! let service = CompletionService::start(ServiceOptions::new(Paths::find()));
//! let segments = Segments { prefix: "def add(a, b):\n    return ".to_owned(), suffix: String::new() };
//! let completion = service.complete(CompletionRequest::new(segments, Mode::Line)).await;
//! println!("{} ({})", completion.text, completion.source.name());
//! service.shut_down().await;
//! # }
//! ```

mod analyzer;
mod boundary;
mod breaker;
mod breaker_board;
mod cache;
mod cancelled;
mod complete;
mod completion;
mod context;
mod deadline;
pub mod engine;
mod events;
mod fallback;
mod flight;
pub mod install;
mod janitor;
mod keys;
pub mod memory;
mod metrics;
mod pace;
mod panics;
mod pool;
mod profile;
mod prompt_budget;
mod queue;
mod recents;
mod request;
mod router;
mod service;
pub mod settings;
pub mod soak;
mod status;
pub mod threads;
mod worker;

use pounce_models::{catalog, http, paths, registry};

/// The names under which files of this crate use the storage of [`pounce_models`].
mod storage {
    pub(crate) use pounce_models::storage::{lock_for_update, read_json, write, write_json};
    pub(crate) use pounce_models::sync::spawn_blocking as off_the_runtime;
}

pub use analyzer::{Complexity, analyze, parses};
pub use boundary::useful_part;
pub use breaker::{BreakerConfig, BreakerState, CircuitBreaker, Outcome};
pub use cache::{CacheKey, CacheLimits, Cached, CompletionCache};
pub use catalog::{ModelCatalog, ModelId, ModelSpec, Quality, SourceSpec, Tier};
pub use completion::{Completion, CompletionSource, Reason};
pub use deadline::{Deadline, TimeLimits};
pub use events::{Departure, Event, ModelState};
pub use fallback::{Fallback, fallback};
pub use install::{
    Install, InstallError, InstallOutcome, InstallProgress, InstallRequest, InstallStep, Installed,
    Installer, ModelSource, RemoveError, UseError, VerifyError, standalone_installer,
};
pub use keys::{KEY_VARIABLE, KeyError, Keys};
pub use memory::{MemoryLedger, Pressure, Shortage};
pub use metrics::{ClipboardTimes, Counter, Gauges, Metrics, RequestRecord, Stage, StageStats};
pub use pace::Pace;
pub use panics::hide_panic_messages;
pub use paths::{MODELS_VARIABLE, Paths};
pub use profile::{Measured, Profile, Speed};
pub use registry::{InstalledModel, ModelRegistry};
pub use request::{ClientId, CompletionRequest, MAX_SEGMENT_BYTES};
pub use router::{
    Candidate, Choice, ModelView, Preference, Question, Residency, Route, Site, SkipReason, route,
};
pub use service::{CompletionService, LoadError, RemoteChangeError, ServiceOptions};
pub use settings::Settings;
pub use status::{ModelStatus, RemoteInfo, Status};
pub use worker::Host;
