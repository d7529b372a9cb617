//! Weights in shards. The index that lists them is downloaded first, since it says which other
//! files there are to find.

use super::checkpoint_files::FoundFile;
use super::expected_files::ExpectedFiles;
use super::repository_access::RepositoryAccess;
use crate::download::DownloadCache;
use crate::error::InstallError;
use crate::sync::spawn_blocking;

/// Downloads the index, if there is one among `found`, and adds the shards that it lists. Returns
/// how many bytes came over the network.
pub(super) async fn add_shards(
    repository: &RepositoryAccess<'_>,
    cache: &DownloadCache,
    revision: &str,
    found: &mut Vec<FoundFile>,
    expected: &ExpectedFiles<'_>,
) -> Result<u64, InstallError> {
    let is_index = |file: &&FoundFile| pounce_convert::INDEX_NAMES.contains(&file.path.as_str());
    let Some(index) = found.iter().find(is_index).cloned() else { return Ok(0) };
    let received_bytes = repository.download(cache, revision, &index, 0).await?;
    for path in read_index(repository, cache, &index, expected).await? {
        let description = repository.describe(&path, revision).await?;
        let shard = FoundFile { path, description };
        expected.check_size(&shard)?;
        found.push(shard);
    }
    Ok(received_bytes)
}

/// The paths that the index lists. An index that is wrong is deleted: the next installation
/// downloads it again.
async fn read_index(
    repository: &RepositoryAccess<'_>,
    cache: &DownloadCache,
    index: &FoundFile,
    expected: &ExpectedFiles<'_>,
) -> Result<Vec<String>, InstallError> {
    let path = cache.dir().join(&index.path);
    let digest = repository.digest(path.clone()).await?;
    let read = move || pounce_convert::shards(&path).map_err(InstallError::from);
    let shards = match expected.check_sum(index, &digest.sha256) {
        Ok(()) => spawn_blocking(read).await,
        Err(error) => Err(error),
    };
    if shards.is_err() {
        let partial = cache.partial(&index.path);
        spawn_blocking(move || partial.clear()).await;
    }
    Ok(shards?.into_iter().collect())
}
