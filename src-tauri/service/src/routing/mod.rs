//! Which models to ask for a request, in which order, and how much of the prompt they read.

pub(crate) mod complexity;
mod expected;
mod improver;
mod model_view;
mod next;
mod preference;
mod prompt_budget;
mod route;
mod router;
mod typical;
mod worth;

pub use preference::Preference;
pub use route::{Choice, SkipReason};

pub(crate) use improver::{FirstAnswer, Improver, improver};
pub(crate) use model_view::{Location, ModelView, Residency};
pub(crate) use next::{Answered, next};
pub(crate) use prompt_budget::prompt_budget;
pub(crate) use route::{Candidate, Question, Route};
pub(crate) use router::route;
pub(crate) use worth::context_kind;
