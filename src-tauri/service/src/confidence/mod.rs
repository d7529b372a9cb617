//! How sure a model's completion is: the probability that it is what the user wants.
//!
//! [`Features`] of a completion go through a logistic model ([`ConfidenceModel`]), which was fitted on
//! cases whose right answer is known and lies beside the model's manifest. People are told one of
//! three [levels](Level), because levels help them and percentages do not.

mod correction;
mod features;
mod fit;
mod level;
mod loaded;
mod matrix;
mod model;

pub use correction::Tally;
pub use features::Features;
pub use fit::{Example, fit, fit_near};
pub use level::{Confidence, Level};
pub use model::{CONFIDENCE_FILE, ConfidenceModel};

pub(crate) use correction::{Cases, Correction, bin_of};
pub(crate) use loaded::LoadedModels;
