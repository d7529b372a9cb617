//! From a repository to the files of one model on this disk, compared with all that is known of
//! them.

mod checkpoint_files;
mod discovery;
mod expected_files;
mod model_fetch;
mod repository_access;
mod shards;

pub(super) use checkpoint_files::CheckpointFiles;
pub(super) use model_fetch::{Fetched, ModelFetch};
pub(super) use repository_access::RepositoryAccess;
