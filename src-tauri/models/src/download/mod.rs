//! Files of a repository, downloaded to this disk: resumed after interruptions, and compared with
//! the checksums that are known of them.

mod cache;
pub(crate) mod checksum;
mod checksum_lock;
mod chunk_writer;
mod failure;
mod file_download;
mod hub;
mod partial;
mod remote_file;
mod retry;
mod retry_policy;

pub(crate) use cache::DownloadCache;
pub(crate) use checksum_lock::{ChecksumLock, LockedFile, LockedRepository};
pub(crate) use file_download::FileDownload;
pub use hub::{ENDPOINT_VARIABLE, Hub, TOKEN_VARIABLE};
pub(crate) use remote_file::{FileDescription, RemoteFile};
pub(crate) use retry::Retry;
pub use retry_policy::RetryPolicy;
