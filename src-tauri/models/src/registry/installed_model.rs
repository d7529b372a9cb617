//! [`InstalledModel`]: one entry of the registry.

use std::path::PathBuf;

use pounce_model_format::ModelManifest;

use super::remote_engine::RemoteEngine;
use crate::catalog::{ModelCatalog, ModelId, Tier};

/// A model whose files are complete, or a server that takes the place of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// The name from its manifest, or the server's name in the settings.
    pub id: ModelId,
    /// The folder with its manifest; empty for a server.
    pub dir: PathBuf,
    /// From the catalogue, or by the size of its files if the catalogue does not know it.
    pub tier: Tier,
    /// Sum of its files; 0 for a server.
    pub disk_bytes: u64,
    /// The longest prompt it reads, in tokens.
    pub max_prompt_tokens: usize,
    /// Changes when any of its files changes: measurements of another version do not apply.
    pub fingerprint: String,
    /// The server that runs it; `None` for a model on this disk.
    pub remote: Option<RemoteEngine>,
}

impl InstalledModel {
    /// The model in `dir`, by its manifest.
    pub(crate) fn local(dir: PathBuf, manifest: &ModelManifest, catalog: &ModelCatalog) -> Self {
        let id = ModelId::from(manifest.id.as_str());
        let disk_bytes = manifest.files.values().map(|file| file.size_bytes).sum();
        let tier = catalog.get(&id).map_or_else(|| Tier::of_size(disk_bytes), |spec| spec.tier);
        Self {
            id,
            dir,
            tier,
            disk_bytes,
            max_prompt_tokens: manifest.dimensions.max_prompt_len,
            fingerprint: fingerprint(manifest),
            remote: None,
        }
    }

    /// A server as an entry beside the models of this disk. It has no files and takes no memory.
    pub fn remote(engine: &RemoteEngine) -> Self {
        Self {
            id: engine.id.clone(),
            dir: PathBuf::new(),
            tier: engine.tier,
            disk_bytes: 0,
            max_prompt_tokens: engine.context_tokens,
            fingerprint: format!("{} {} {}", engine.kind, engine.url, engine.model),
            remote: Some(engine.clone()),
        }
    }
}

/// The first eight digits of each file's checksum, joined.
fn fingerprint(manifest: &ModelManifest) -> String {
    manifest.files.values().map(|file| file.sha256.get(..8).unwrap_or(&file.sha256)).collect()
}
