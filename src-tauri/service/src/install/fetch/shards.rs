//! Weights in shards: the index that lists them is fetched first, while it is still being found out
//! what there is to fetch.

use super::{Fetch, Found, InstallError, Known, Stash, off_the_runtime, partial};

impl Fetch<'_> {
    /// Fetches the index, if there is one among `found`, and adds the shards that it lists. How many
    /// bytes came over the network.
    pub(super) async fn add_shards(
        &self,
        stash: &Stash,
        revision: &str,
        found: &mut Vec<Found>,
        known: &Known<'_>,
    ) -> Result<u64, InstallError> {
        let is_index = |file: &&Found| pounce_convert::INDEX_NAMES.contains(&file.path.as_str());
        let Some(index) = found.iter().find(is_index).cloned() else { return Ok(0) };
        let received_bytes = self.download_file(stash, revision, &index, 0).await?;
        for path in self.read_index(stash, &index, known).await? {
            let description = self.describe(&path, revision).await?;
            let shard = Found { path, description };
            known.check_size(&shard)?;
            found.push(shard);
        }
        Ok(received_bytes)
    }

    /// What the index lists. One that is wrong is deleted: the next installation fetches it anew.
    async fn read_index(
        &self,
        stash: &Stash,
        index: &Found,
        known: &Known<'_>,
    ) -> Result<Vec<String>, InstallError> {
        let path = stash.dir().join(&index.path);
        let pin = self.digest(path.clone()).await?;
        let checked = known.check_sum(index, &pin.sha256);
        let read = move || pounce_convert::shards(&path).map_err(InstallError::from);
        let shards = match checked {
            Ok(()) => off_the_runtime(read).await,
            Err(error) => Err(error),
        };
        if shards.is_err() {
            let partial = partial(stash, &index.path);
            off_the_runtime(move || partial.clear()).await;
        }
        Ok(shards?.into_iter().collect())
    }
}
