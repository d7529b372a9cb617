//! [`CheckpointFiles`]: which files of a repository make up a model, and what the catalogue knows
//! of them.

use pounce_convert::INDEX_NAMES;

use crate::catalog::{FileSpec, SourceSpec};
use crate::download::{FileDescription, LockedRepository};
use crate::source::{Repository, is_gguf};

/// The configuration, which every checkpoint has.
const CONFIG: &str = "config.json";
/// The forms of weights, the preferred first: a pickle can contain code, a safetensors file cannot.
/// An index stands for the shards that it lists.
const WEIGHTS: [&str; 4] =
    ["model.safetensors", INDEX_NAMES[0], "pytorch_model.bin", INDEX_NAMES[1]];
/// The tokenizer in one file.
const TOKENIZER: &str = "tokenizer.json";
/// The two files of an older tokenizer.
const VOCABULARY: [&str; 2] = ["vocab.json", "merges.txt"];
/// The files that an older tokenizer may have in addition.
const VOCABULARY_EXTRAS: [&str; 3] =
    ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// The files of a repository that become one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CheckpointFiles {
    /// `user/name`.
    pub(crate) repo: String,
    /// The revision that was asked for; `None` is the commit in the lock file, or else `main`.
    pub(super) revision: Option<String>,
    /// The GGUF file that is all of the model; `None` takes the checkpoint.
    gguf: Option<String>,
    /// The files as the catalogue describes them; empty for other repositories.
    known: Vec<FileSpec>,
}

impl CheckpointFiles {
    /// The files of an entry of the catalogue.
    pub(crate) fn of_source(source: &SourceSpec) -> Self {
        let file = source.files.iter().map(|file| &file.path).find(|path| is_gguf(path));
        Self {
            repo: source.repo.clone(),
            revision: source.revision.clone(),
            gguf: file.cloned(),
            known: source.files.clone(),
        }
    }

    /// The files of a repository that is not in the catalogue.
    pub(crate) fn of_repository(repository: &Repository) -> Self {
        let Repository { repo, revision, file: gguf } = repository.clone();
        Self { repo, revision, gguf, known: Vec::new() }
    }

    /// The repository's key in the checksum lock file.
    pub(super) fn lock_key(&self) -> String {
        match &self.revision {
            Some(revision) => format!("{}@{revision}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// The revision to ask the server for.
    pub(super) fn revision(&self, locked: &LockedRepository) -> String {
        let revision = locked.commit.as_ref().or(self.revision.as_ref());
        revision.map_or("main", String::as_str).to_owned()
    }

    /// The GGUF file that is all of the model; `None` for a checkpoint.
    pub(super) fn gguf(&self) -> Option<&str> {
        self.gguf.as_deref()
    }

    /// The file as the catalogue describes it.
    pub(super) fn known(&self, path: &str) -> Option<&FileSpec> {
        self.known.iter().find(|file| file.path == path)
    }

    /// The files to look for, in order.
    pub(super) fn wanted(&self) -> Vec<WantedFile> {
        let Some(file) = &self.gguf else { return checkpoint() };
        vec![WantedFile { forms: vec![pounce_convert::gguf_parts(file)], is_needed: true }]
    }
}

/// A part of a model, which can have several forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedFile {
    /// The files of each form, the preferred form first. The first form whose first file is there
    /// is taken.
    pub(super) forms: Vec<Vec<String>>,
    /// Whether the model cannot do without it.
    pub(super) is_needed: bool,
}

/// A file that is in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundFile {
    /// Its path in the repository.
    pub(super) path: String,
    pub(super) description: FileDescription,
}

fn checkpoint() -> Vec<WantedFile> {
    let form = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let needed = |forms| WantedFile { forms, is_needed: true };
    vec![
        needed(vec![form(&[CONFIG])]),
        needed(vec![form(&[TOKENIZER]), form(&VOCABULARY)]),
        needed(WEIGHTS.iter().map(|weights| form(&[weights])).collect()),
    ]
}

/// The additional files to look for if an older tokenizer was found.
pub(super) fn tokenizer_extras(found: &[FoundFile]) -> Vec<WantedFile> {
    if !found.iter().any(|file| file.path == VOCABULARY[0]) {
        return Vec::new();
    }
    let extra = |path: &str| WantedFile { forms: vec![vec![path.to_owned()]], is_needed: false };
    VOCABULARY_EXTRAS.map(extra).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ModelCatalog;

    #[test]
    fn entries_of_the_catalogue_are_a_gguf_file_or_a_checkpoint() {
        let catalog = ModelCatalog::built_in();
        let check = |id: &str, file: Option<&str>, n_wanted: usize| {
            let spec = catalog.get(&id.into()).unwrap();
            let files = CheckpointFiles::of_source(spec.source.as_ref().unwrap());
            assert_eq!(files.gguf(), file, "{id}");
            assert_eq!(files.wanted().len(), n_wanted, "{id}");
        };
        check("codet5p-220m", None, 3);
        check("qwen2.5-coder-0.5b-gguf", Some("qwen2.5-coder-0.5b-q8_0.gguf"), 1);
    }

    #[test]
    fn a_locked_commit_is_asked_for_again() {
        let repository =
            Repository { repo: "a/b".to_owned(), revision: Some("v1".to_owned()), file: None };
        let files = CheckpointFiles::of_repository(&repository);
        assert_eq!(files.lock_key(), "a/b@v1", "another revision has an entry of its own");
        assert_eq!(files.revision(&LockedRepository::default()), "v1");
        let locked =
            LockedRepository { commit: Some("c".to_owned()), ..LockedRepository::default() };
        assert_eq!(files.revision(&locked), "c");
        let files = CheckpointFiles { revision: None, ..files };
        assert_eq!(files.revision(&LockedRepository::default()), "main");
    }

    #[test]
    fn an_older_tokenizer_has_additional_files() {
        let found = |path: &str| FoundFile {
            path: path.to_owned(),
            description: FileDescription::default(),
        };
        assert!(tokenizer_extras(&[found("tokenizer.json")]).is_empty());
        assert_eq!(tokenizer_extras(&[found("vocab.json")]).len(), 3);
    }
}
