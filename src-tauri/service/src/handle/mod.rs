//! [`CompletionService`]: the handle that the app and the command line hold, and what they can do with
//! it: complete, change settings and models, watch.

mod calibrate;
mod control;
mod improve;
mod models;
mod remote;
mod service;
mod settings;
mod speculate;
mod start;
mod status;
mod watch;

pub use control::LoadError;
pub use remote::RemoteChangeError;
pub use service::CompletionService;
pub use start::ServiceOptions;
pub use status::{ModelStatus, RemoteInfo, Status};
