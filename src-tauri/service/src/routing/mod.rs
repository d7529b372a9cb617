//! Which models to ask for a request, in which order, and how much of the prompt they read.

pub(crate) mod complexity;
mod model_view;
mod preference;
mod prompt_budget;
mod route;
mod router;

pub use preference::Preference;
pub use route::{Choice, SkipReason};

pub(crate) use model_view::{Location, ModelView, Residency};
pub(crate) use prompt_budget::prompt_budget;
pub(crate) use route::{Candidate, Question, Route};
pub(crate) use router::route;
