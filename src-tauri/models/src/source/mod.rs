//! Where a model can come from, and which names are safe for folders and files.

mod model_source;
mod names;
mod repository;

pub use model_source::ModelSource;
pub(crate) use names::{is_gguf, is_name};
pub use repository::Repository;
