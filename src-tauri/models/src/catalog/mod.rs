//! The models that are known by name, and how they rank. Whether one of them is installed is what
//! the [registry](crate::registry) knows.

mod context_quality;
mod model_catalog;
mod model_id;
mod source_spec;
mod spec;
mod tier;

pub use context_quality::{ContextKind, ContextQuality};
pub use model_catalog::ModelCatalog;
pub use model_id::ModelId;
pub use source_spec::{FileSpec, SourceSpec};
pub use spec::{ModelSpec, PromptKind, Quality};
pub use tier::Tier;
