//! The search: where the last lines of a snippet stand.
//!
//! 1. [`query`]: the snippet's last lines, each weighed by how much it tells.
//! 2. [`votes`]: every line votes for the files in which it stands, and for the diagonal there (the
//!    number of its line in the file, less that in the snippet). [`ranking`] aligns the places with the
//!    most votes by the hashes in memory.
//! 3. [`candidate`]: the best ones are read from the disk and aligned as text, with half a first and
//!    an unfinished last line.
//! 4. [`mod@find`] decides, between equal places by the [`title`] of the window, and [`surroundings`] cuts the code around the place out of the file.

mod alignment;
mod candidate;
mod find;
mod no_place;
mod open_reads;
mod place;
mod query;
mod ranking;
mod surroundings;
mod title;
mod votes;

pub use no_place::NoPlace;
pub use place::Place;

pub(crate) use find::find;
pub(crate) use open_reads::OpenReads;
