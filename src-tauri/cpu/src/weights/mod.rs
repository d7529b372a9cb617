//! A model's tensors: found in its files, checked, and packed for the kernels. What each
//! architecture makes of them stands in its own folder.

pub(crate) mod block_matrix;
pub(crate) mod block_tensor;
pub(crate) mod embedding;
pub(crate) mod ggml_table;
pub(crate) mod graph_file;
pub(crate) mod huge_pages;
pub(crate) mod linear;
pub(crate) mod tensor;
mod weights_file;
