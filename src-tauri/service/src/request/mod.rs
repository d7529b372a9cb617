//! One request: what is asked, how long it may take, whose turn it is, who answers, and what the
//! answer is.

mod boundary;
pub(crate) mod cache;
mod completion;
mod completion_request;
mod deadline;
mod execution;
mod fallback;
mod fitted;
mod located;
mod lookup;
mod pace;
mod queue;

pub use completion::{Completion, CompletionSource, Reason};
pub use completion_request::{ClientId, CompletionRequest, MAX_SEGMENT_BYTES};
pub use deadline::{Deadline, TimeLimits};
pub use fallback::{Fallback, fallback};
pub use located::in_file;
pub use lookup::Lookup;

pub(crate) use execution::{Asked, InFlightRun, RequestExecution, generation_config};
pub(crate) use fallback::fitted_fallback;
pub(crate) use located::Located;
pub(crate) use pace::Pace;
pub(crate) use queue::Queue;
