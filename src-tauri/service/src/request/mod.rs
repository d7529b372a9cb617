//! One request, from the code around the cursor to the answer:
//!
//! 1. [`CompletionRequest`] is what is asked, and [`Deadline`] how long that may take;
//! 2. `queue` decides when it runs, and which older request it cancels;
//! 3. `execution` asks the `cache` and the models of the route in turn; `pace` ends a run early that
//!    would miss the deadline, and `boundary` says how much of its text is of use;
//! 4. `fallback` answers where no model does, and `fitted` keeps what fits of an answer that no model
//!    has just written;
//! 5. [`Completion`] is the answer, with the [reasons](Reason) for it, and [`Improvement`] what a larger
//!    model makes of it afterwards.

mod boundary;
pub(crate) mod cache;
mod completion;
mod completion_request;
mod deadline;
mod execution;
mod fallback;
mod fitted;
mod improvement;
mod located;
mod lookup;
mod origin;
mod pace;
mod queue;
mod sampling;

pub use completion::{Alternative, Completion, CompletionSource, Reason};
pub use completion_request::{ClientId, CompletionRequest, MAX_SEGMENT_BYTES, WindowTitle};
pub use deadline::{Deadline, TimeLimits};
pub use fallback::{Fallback, fallback};
pub use improvement::Improvement;
pub use located::{in_file, related};
pub use lookup::Lookup;
pub use origin::RequestOrigin;
pub use sampling::Sampling;

pub(crate) use execution::{Asked, InFlightRun, RequestExecution, generation_config};
pub(crate) use fallback::fitted_fallback;
pub(crate) use located::{Found, Located};
pub(crate) use pace::Pace;
pub(crate) use queue::Queue;
