//! The products of attention: queries with keys, and probabilities with values.

pub(super) mod bf16;
pub(super) mod f32;
pub(super) mod panels;
mod single_query;
