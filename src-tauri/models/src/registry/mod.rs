//! The models that are installed on this disk, and the servers that the user lists beside them.

mod installed_model;
mod model_registry;
mod remote_engine;
mod remote_kind;
mod server_address;

pub use installed_model::InstalledModel;
pub use model_registry::{BrokenModel, ModelRegistry};
pub use remote_engine::RemoteEngine;
pub use remote_kind::RemoteKind;
