//! The index: hashes of all lines, from which the places of a line are found. It holds no code.

mod line;
mod line_index;
mod postings;

pub(crate) use line::{Line, LineHash};
pub(crate) use line_index::{FileId, LineIndex};
