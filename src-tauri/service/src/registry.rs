//! [`ModelRegistry`]: which models are installed on this disk, and where. It reads manifests; it
//! opens no graph and loads nothing.

use std::fs;
use std::path::{Path, PathBuf};

use pounce_model_format::ModelManifest;

use crate::catalog::{ModelCatalog, ModelId, Tier};
use crate::settings::RemoteEngine;

/// A model whose files are complete, or a server that stands for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledModel {
    /// From its manifest.
    pub id: ModelId,
    /// The folder with its manifest.
    pub dir: PathBuf,
    /// From the catalogue, else by its size.
    pub tier: Tier,
    /// Sum of its files.
    pub disk_bytes: u64,
    /// The longest prompt it reads, in tokens.
    pub max_prompt_tokens: usize,
    /// Changes when any of its files does: what was measured of another version is not its own.
    pub fingerprint: String,
    /// The server that runs it; `None` for a model of this disk.
    pub remote: Option<RemoteEngine>,
}

impl InstalledModel {
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

/// A folder that looks like a model and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenModel {
    /// The folder.
    pub dir: PathBuf,
    /// What is wrong and what to do.
    pub message: String,
}

/// What was found in the models folders.
#[derive(Debug, Clone, Default)]
pub struct ModelRegistry {
    installed: Vec<InstalledModel>,
    broken: Vec<BrokenModel>,
}

impl ModelRegistry {
    /// Looks into every folder of `dirs`. Of two models with one id, the earlier folder's counts.
    pub fn scan(dirs: &[PathBuf], catalog: &ModelCatalog) -> Self {
        let mut registry = Self::default();
        for dir in dirs.iter().flat_map(|dir| model_dirs(dir)) {
            registry.add(dir, catalog);
        }
        registry.installed.sort_by(|a, b| (a.tier, &a.id).cmp(&(b.tier, &b.id)));
        registry
    }

    /// Takes these servers in place of those it had. A model of this disk with the same id stays
    /// what it is.
    pub fn set_remote(&mut self, engines: &[RemoteEngine]) {
        self.installed.retain(|model| model.remote.is_none());
        for engine in engines {
            if self.get(&engine.id).is_some() {
                tracing::warn!(id = %engine.id, "left out a remote engine: a model has its name");
            } else {
                self.installed.push(InstalledModel::remote(engine));
            }
        }
    }

    /// A registry of models that are not on a disk: those of a fake loader.
    pub fn of(installed: Vec<InstalledModel>) -> Self {
        Self { installed, broken: Vec::new() }
    }

    /// Installed models, the small ones first.
    pub fn installed(&self) -> &[InstalledModel] {
        &self.installed
    }

    /// Folders that cannot be used.
    pub fn broken(&self) -> &[BrokenModel] {
        &self.broken
    }

    /// One installed model.
    pub fn get(&self, id: &ModelId) -> Option<&InstalledModel> {
        self.installed.iter().find(|model| model.id == *id)
    }

    fn add(&mut self, dir: PathBuf, catalog: &ModelCatalog) {
        match ModelManifest::load(&dir) {
            Ok(manifest) => {
                let model = installed_model(dir, &manifest, catalog);
                if self.get(&model.id).is_none() {
                    self.installed.push(model);
                }
            }
            Err(error) => {
                tracing::warn!(folder = %dir.display(), %error, "left out a model");
                self.broken.push(BrokenModel { dir, message: error.to_string() });
            }
        }
    }
}

/// The folders directly below `dir` that have a manifest, by name. Hidden ones are installations
/// that are not done.
fn model_dirs(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let is_hidden = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
    let visible = entries.flatten().filter(|entry| !is_hidden(entry));
    let paths = visible.map(|entry| entry.path());
    let mut dirs: Vec<_> =
        paths.filter(|path| path.join(pounce_model_format::FILE_NAME).is_file()).collect();
    dirs.sort();
    dirs
}

pub(crate) fn installed_model(
    dir: PathBuf,
    manifest: &ModelManifest,
    catalog: &ModelCatalog,
) -> InstalledModel {
    let id = ModelId::from(manifest.id.as_str());
    let disk_bytes = manifest.files.values().map(|file| file.size_bytes).sum();
    let tier = catalog.get(&id).map_or_else(|| Tier::of_size(disk_bytes), |spec| spec.tier);
    InstalledModel {
        id,
        dir,
        tier,
        disk_bytes,
        max_prompt_tokens: manifest.dimensions.max_prompt_len,
        fingerprint: fingerprint(manifest),
        remote: None,
    }
}

/// The first digits of all files' checksums.
fn fingerprint(manifest: &ModelManifest) -> String {
    manifest.files.values().map(|file| file.sha256.get(..8).unwrap_or(&file.sha256)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::RemoteKind;
    use std::collections::BTreeMap;

    use pounce_model_format::{
        Architecture, Dimensions, FORMAT, FileDigest, PromptTemplate, Quantization, SpecialTokens,
    };

    fn manifest(id: &str, size_bytes: u64) -> ModelManifest {
        let digest = FileDigest { size_bytes, sha256: "0123456789abcdef".to_owned() };
        ModelManifest {
            format: FORMAT,
            id: id.to_owned(),
            architecture: Architecture::EncoderDecoder,
            quantization: Quantization::Int8,
            dimensions: Dimensions {
                vocab_size: 2,
                d_model: 1,
                n_heads: 1,
                n_kv_heads: 1,
                head_size: 1,
                n_encoder_layers: 1,
                n_decoder_layers: 1,
                max_seq_len: 1,
                max_prompt_len: 448,
            },
            special_tokens: SpecialTokens { decoder_start: Some(0), end: vec![1] },
            prompt: PromptTemplate::Plain,
            files: BTreeMap::from([("weights.bin".to_owned(), digest)]),
        }
    }

    fn install(models: &Path, folder: &str, id: &str) {
        let dir = models.join(folder);
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("weights.bin"), b"1234").unwrap();
        manifest(id, 4).save(&dir).unwrap();
    }

    #[test]
    fn models_are_found_once_and_broken_ones_reported() {
        let (own, bundled) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        install(own.path(), "a", "pounce-50m");
        install(own.path(), "b", "my-model");
        install(bundled.path(), "pounce-50m", "pounce-50m");
        install(own.path(), ".half.installing", "half");
        fs::create_dir(own.path().join("no-model")).unwrap();
        fs::create_dir(own.path().join("cut")).unwrap();
        manifest("cut", 99).save(&own.path().join("cut")).unwrap();

        let dirs = [own.path().to_owned(), bundled.path().to_owned(), "/does/not/exist".into()];
        let registry = ModelRegistry::scan(&dirs, &ModelCatalog::built_in());
        let ids: Vec<_> = registry.installed().iter().map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["my-model", "pounce-50m"], "an installation that is not done is no model");
        let embedded = registry.get(&"pounce-50m".into()).unwrap();
        assert!(embedded.dir.starts_with(own.path()), "the earlier folder wins");
        assert_eq!((embedded.disk_bytes, embedded.max_prompt_tokens), (4, 448));
        assert_eq!(
            registry.broken().len(),
            1,
            "a model with a file missing is reported, not hidden"
        );
        assert!(registry.broken()[0].message.contains("weights.bin"), "the message names the file");
    }

    #[test]
    fn servers_stand_beside_the_models_of_this_disk() {
        let own = tempfile::tempdir().unwrap();
        install(own.path(), "a", "mine");
        let mut registry = ModelRegistry::scan(&[own.path().to_owned()], &ModelCatalog::built_in());
        let far = RemoteEngine::new("far".into(), "https://e.org".into(), RemoteKind::Openai);
        let clash = RemoteEngine { id: "mine".into(), ..far.clone() };
        registry.set_remote(&[far, clash]);
        assert!(registry.get(&"far".into()).unwrap().remote.is_some());
        assert!(registry.get(&"mine".into()).unwrap().remote.is_none(), "the disk comes first");
        registry.set_remote(&[]);
        assert_eq!(registry.installed().len(), 1, "a server that was taken out is gone");
    }
}
