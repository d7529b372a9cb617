//! Whether completions are kept: where the place is known, its file is looked at again after half a
//! minute and after five minutes.
//!
//! 1. [`Delivered`]: a completion and the file that it belongs into, in memory until it is looked for.
//! 2. `counts`: how many still stood there, by model and level of confidence: all that is written
//!    to the disk.
//! 3. [`KeptWatch`]: looks again, and corrects probabilities by what it has counted.

mod counts;
mod delivered;
mod watch;

pub(crate) use delivered::Delivered;
pub(crate) use watch::KeptWatch;
