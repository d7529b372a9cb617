//! Removing installed models. Only those in the user's own models folder: what came with the app belongs to its
//! package.

use std::path::Path;

use anyhow::{Context as _, ensure};
use pounce_service::{CompletionService, ModelCatalog, ModelId, ModelRegistry, Paths};

/// Unloads a model and removes its folder.
///
/// # Errors
/// If it is not installed, came with the app, or cannot be removed from the disk.
pub(crate) async fn remove(
    service: &CompletionService,
    paths: &Paths,
    id: &ModelId,
) -> anyhow::Result<()> {
    let registry = ModelRegistry::scan(&paths.models, &ModelCatalog::built_in());
    let dir = registry.get(id).with_context(|| format!("{id} is not installed"))?.dir.clone();
    ensure!(is_own(paths, &dir), "{id} came with the app and is removed with it");
    service.unload(id).await;
    std::fs::remove_dir_all(&dir)
        .with_context(|| format!("{} cannot be removed", dir.display()))?;
    service.rescan().await;
    Ok(())
}

/// Whether a model's folder is one that the user installed.
fn is_own(paths: &Paths, dir: &Path) -> bool {
    paths.models.first().is_some_and(|own| dir.parent() == Some(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_user_s_own_models_can_be_removed() {
        let paths = Paths {
            models: vec!["/home/a/models".into(), "/usr/lib/pounce/models".into()],
            ..Paths::under(Path::new("/home/a"))
        };
        assert!(is_own(&paths, Path::new("/home/a/models/mine")), "installed by the user");
        assert!(
            !is_own(&paths, Path::new("/usr/lib/pounce/models/pounce-50m")),
            "came with the app"
        );
        assert!(!is_own(&paths, Path::new("/home/a/models")), "the folder itself is no model");
    }
}
