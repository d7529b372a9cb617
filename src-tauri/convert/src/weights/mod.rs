//! A model's weights: how they are stored, and the file that they are written to.

pub(crate) mod bits;
pub(crate) mod file;
pub(crate) mod matrix;
pub(crate) mod quantize;
pub(crate) mod scheme;
pub(crate) mod store;
