//! Finds out which of the files that a model may have are in the repository. Costs one request a
//! file, and downloads none.

use super::checkpoint_files::{CheckpointFiles, FoundFile, WantedFile, tokenizer_extras};
use super::repository_access::RepositoryAccess;
use crate::error::InstallError;

/// Finds the files of a model, beginning at `revision`. Returns the commit that they belong to, or
/// `revision` if the server names none: once it has named one, all others are taken from it.
pub(super) async fn discover(
    repository: &RepositoryAccess<'_>,
    files: &CheckpointFiles,
    mut revision: String,
) -> Result<(String, Vec<FoundFile>), InstallError> {
    let mut found: Vec<FoundFile> = Vec::new();
    for wanted in files.wanted() {
        found.extend(find(repository, &wanted, &revision).await?);
        let commit = found.first().and_then(|file| file.description.commit.clone());
        revision = commit.unwrap_or(revision);
    }
    for wanted in tokenizer_extras(&found) {
        found.extend(find(repository, &wanted, &revision).await?);
    }
    Ok((revision, found))
}

/// The first of several forms that is there; nothing if none is there and none is needed.
async fn find(
    repository: &RepositoryAccess<'_>,
    wanted: &WantedFile,
    revision: &str,
) -> Result<Vec<FoundFile>, InstallError> {
    let mut missing = None;
    for form in &wanted.forms {
        match describe_all(repository, form, revision).await? {
            Ok(found) => return Ok(found),
            Err(not_found) => missing = missing.or(Some(not_found)),
        }
    }
    missing.filter(|_| wanted.is_needed).map_or(Ok(Vec::new()), Err)
}

/// Describes the files of one form. The inner error says that its first file is not there; any
/// other file that is missing is an outer one.
async fn describe_all(
    repository: &RepositoryAccess<'_>,
    form: &[String],
    revision: &str,
) -> Result<Result<Vec<FoundFile>, InstallError>, InstallError> {
    let mut found = Vec::new();
    for path in form {
        match repository.describe(path, revision).await {
            Ok(description) => found.push(FoundFile { path: path.clone(), description }),
            Err(error @ InstallError::NotFound { .. }) if found.is_empty() => {
                return Ok(Err(error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(found))
}
