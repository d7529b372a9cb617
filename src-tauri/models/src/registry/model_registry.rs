//! [`ModelRegistry`]: which models are installed on this disk, and where. It reads manifests, opens
//! no graph and loads nothing.

use std::fs;
use std::path::{Path, PathBuf};

use pounce_model_format::{ModelManifest, ownership};

use super::{installed_model::InstalledModel, remote_engine::RemoteEngine};
use crate::catalog::{ModelCatalog, ModelId};

/// A folder with a manifest that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenModel {
    /// The folder of the model.
    pub dir: PathBuf,
    /// What is wrong and how to repair it.
    pub message: String,
}

/// The models that were found in the models folders, and the servers beside them.
#[derive(Debug, Clone, Default)]
pub struct ModelRegistry {
    installed: Vec<InstalledModel>,
    broken: Vec<BrokenModel>,
}

impl ModelRegistry {
    /// Reads the manifests in all folders of `dirs`. Of two models with the same id, the one in the
    /// earlier folder counts.
    pub fn scan(dirs: &[PathBuf], catalog: &ModelCatalog) -> Self {
        let mut registry = Self::default();
        for dir in dirs.iter().flat_map(|dir| model_dirs(dir)) {
            registry.add(dir, catalog);
        }
        registry.installed.sort_by(|a, b| (a.tier, &a.id).cmp(&(b.tier, &b.id)));
        registry
    }

    /// Replaces the servers by `engines`. A server with the id of a model on this disk is left out.
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

    /// A registry of models without files, for a fake loader.
    pub fn of(installed: Vec<InstalledModel>) -> Self {
        Self { installed, broken: Vec::new() }
    }

    /// Installed models, small ones first.
    pub fn installed(&self) -> &[InstalledModel] {
        &self.installed
    }

    /// Models that cannot be used.
    pub fn broken(&self) -> &[BrokenModel] {
        &self.broken
    }

    /// The model with this id; `None` if it is not installed.
    pub fn get(&self, id: &ModelId) -> Option<&InstalledModel> {
        self.installed.iter().find(|model| model.id == *id)
    }

    fn add(&mut self, dir: PathBuf, catalog: &ModelCatalog) {
        match load_trusted(&dir) {
            Ok(manifest) => {
                let model = InstalledModel::local(dir, &manifest, catalog);
                if self.get(&model.id).is_none() {
                    self.installed.push(model);
                }
            }
            Err(error) => {
                tracing::warn!(folder = %dir.display(), error, "left out a model");
                self.broken.push(BrokenModel { dir, message: error });
            }
        }
    }
}

/// Reads the manifest in `dir`, unless another user could have put one of the model's files there:
/// graphs are run like programs.
///
/// # Errors
/// What is wrong and how to repair it, in one line.
fn load_trusted(dir: &Path) -> Result<ModelManifest, String> {
    let check = |path: &Path| ownership::check(path).map_err(|refused| refused.to_string());
    check(&dir.join(pounce_model_format::FILE_NAME))?;
    let manifest = ModelManifest::load(dir).map_err(|error| error.to_string())?;
    manifest.files.keys().try_for_each(|name| check(&dir.join(name)))?;
    Ok(manifest)
}

/// The folders directly below `dir` that have a manifest, sorted by name. Hidden ones are
/// unfinished installations.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::RemoteKind;
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
        assert_eq!(ids, ["my-model", "pounce-50m"], "an unfinished installation is not a model");
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

    #[cfg(unix)]
    #[test]
    fn a_model_that_other_users_may_write_is_left_out() {
        use std::os::unix::fs::PermissionsExt;
        let models = tempfile::tempdir().unwrap();
        for name in ["manifest.json", "weights.bin", "."] {
            install(models.path(), "mine", "mine");
            let scan =
                || ModelRegistry::scan(&[models.path().to_owned()], &ModelCatalog::built_in());
            assert!(scan().get(&"mine".into()).is_some(), "written by its owner alone");
            let path = models.path().join("mine").join(name);
            fs::set_permissions(&path, PermissionsExt::from_mode(0o777)).unwrap();
            let found = scan();
            assert!(found.installed().is_empty(), "{name} may be another user's");
            let message = &found.broken()[0].message;
            assert!(message.contains("other users may write"), "{message}");
            fs::remove_dir_all(models.path().join("mine")).unwrap();
        }
    }

    #[test]
    fn servers_are_listed_beside_the_models_of_this_disk() {
        let own = tempfile::tempdir().unwrap();
        install(own.path(), "a", "mine");
        let mut registry = ModelRegistry::scan(&[own.path().to_owned()], &ModelCatalog::built_in());
        let far = RemoteEngine::new("far".into(), "https://e.org".into(), RemoteKind::Openai);
        let clash = RemoteEngine { id: "mine".into(), ..far.clone() };
        registry.set_remote(&[far, clash]);
        assert!(registry.get(&"far".into()).unwrap().remote.is_some());
        assert!(registry.get(&"mine".into()).unwrap().remote.is_none(), "the disk comes first");
        registry.set_remote(&[]);
        assert_eq!(registry.installed().len(), 1, "a server that was removed is gone");
    }
}
