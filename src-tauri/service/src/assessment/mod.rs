//! Assessing a model: how it is asked best, how good it is in each kind of context, and how sure its
//! completions are.
//!
//! A model completes [`cases`] that come with the program: lines and blocks cut out of `sources`, code
//! that was written for this and that no model has been trained on. [`assess()`] asks it in several
//! [forms](pounce_engine::PromptForm) and keeps the best one. It takes a large model minutes, so each
//! [`Outcome`] is [recorded](Record), and an assessment that was stopped goes on where it was. The
//! [result](Assessment) is kept in the profile of the machine.

mod assess;
mod case;
mod outcome;
mod record;
mod result;
mod sources;

pub use assess::{Stopped, Subject, assess};
pub use case::{Case, cases};
pub use outcome::Outcome;
pub use record::Record;
pub use result::Assessment;
