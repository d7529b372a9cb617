//! [`Shelf`]: which files of a repository make up a model, and what is known of them beforehand.

use pounce_convert::INDEX_NAMES;

use super::hub::Description;
use super::{Repository, pins::RepositoryPins};
use crate::catalog::{FileSpec, SourceSpec};

/// What every checkpoint has.
const CONFIG: &str = "config.json";
/// Weights, the best first: a pickle can hold more than weights, a safetensors file cannot.
/// An index stands for the shards that it lists.
const WEIGHTS: [&str; 4] =
    ["model.safetensors", INDEX_NAMES[0], "pytorch_model.bin", INDEX_NAMES[1]];
/// The tokenizer in one file.
const TOKENIZER: &str = "tokenizer.json";
/// The tokenizer of older checkpoints.
const VOCABULARY: [&str; 2] = ["vocab.json", "merges.txt"];
/// What belongs to an older tokenizer, where it is there.
const VOCABULARY_EXTRAS: [&str; 3] =
    ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// Files of a repository that become one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shelf {
    /// `user/name`.
    pub(super) repo: String,
    /// As it was asked for; `None` is what was pinned, else `main`.
    pub(super) revision: Option<String>,
    /// The one GGUF file; `None` takes the checkpoint.
    file: Option<String>,
    /// What the catalogue knows of the files.
    known: Vec<FileSpec>,
}

impl Shelf {
    /// The files of an entry of the catalogue.
    pub(super) fn of_source(source: &SourceSpec) -> Self {
        let file = source.files.iter().map(|file| &file.path).find(|path| is_gguf(path));
        Self {
            repo: source.repo.clone(),
            revision: source.revision.clone(),
            file: file.cloned(),
            known: source.files.clone(),
        }
    }

    /// The files of any repository.
    pub(super) fn of_repository(repository: &Repository) -> Self {
        let Repository { repo, revision, file } = repository.clone();
        Self { repo, revision, file, known: Vec::new() }
    }

    /// The name of its pins.
    pub(super) fn key(&self) -> String {
        match &self.revision {
            Some(revision) => format!("{}@{revision}", self.repo),
            None => self.repo.clone(),
        }
    }

    /// The revision to ask for.
    pub(super) fn revision(&self, pins: &RepositoryPins) -> String {
        let pinned = pins.commit.as_ref().or(self.revision.as_ref());
        pinned.map_or("main", String::as_str).to_owned()
    }

    /// The one file that is all there is to fetch.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// What the catalogue says of a file.
    pub(super) fn known(&self, path: &str) -> Option<&FileSpec> {
        self.known.iter().find(|file| file.path == path)
    }

    /// What to look for, in order.
    pub(super) fn wanted(&self) -> Vec<Wanted> {
        let Some(file) = &self.file else { return checkpoint() };
        vec![Wanted { one_of: vec![vec![file.clone()]], is_needed: true }]
    }
}

/// One thing that a model needs, of which there may be several forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Groups of files, the best first. The first group whose first file is there is taken.
    pub(super) one_of: Vec<Vec<String>>,
    /// Whether the model is nothing without it.
    pub(super) is_needed: bool,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: String,
    pub(super) description: Description,
}

fn checkpoint() -> Vec<Wanted> {
    let group = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    let needed = |one_of| Wanted { one_of, is_needed: true };
    vec![
        needed(vec![group(&[CONFIG])]),
        needed(vec![group(&[TOKENIZER]), group(&VOCABULARY)]),
        needed(WEIGHTS.iter().map(|weights| group(&[weights])).collect()),
    ]
}

/// Files beside a tokenizer of two files.
pub(super) fn extras(found: &[Found]) -> Vec<Wanted> {
    if !found.iter().any(|file| file.path == VOCABULARY[0]) {
        return Vec::new();
    }
    let extra = |path: &str| Wanted { one_of: vec![vec![path.to_owned()]], is_needed: false };
    VOCABULARY_EXTRAS.map(extra).to_vec()
}

fn is_gguf(path: &str) -> bool {
    path.ends_with(".gguf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ModelCatalog;

    #[test]
    fn entries_of_the_catalogue_are_one_gguf_or_a_checkpoint() {
        let catalog = ModelCatalog::built_in();
        let check = |id: &str, file: Option<&str>, n_wanted: usize| {
            let spec = catalog.get(&id.into()).unwrap();
            let shelf = Shelf::of_source(spec.source.as_ref().unwrap());
            assert_eq!(shelf.file(), file, "{id}");
            assert_eq!(shelf.wanted().len(), n_wanted, "{id}");
        };
        check("codet5p-220m", None, 3);
        check("qwen2.5-coder-0.5b-gguf", Some("qwen2.5-coder-0.5b-q8_0.gguf"), 1);
    }

    #[test]
    fn a_pinned_commit_is_asked_for_again() {
        let repository =
            Repository { repo: "a/b".to_owned(), revision: Some("v1".to_owned()), file: None };
        let shelf = Shelf::of_repository(&repository);
        assert_eq!(shelf.key(), "a/b@v1", "another revision has pins of its own");
        assert_eq!(shelf.revision(&RepositoryPins::default()), "v1");
        let pins = RepositoryPins { commit: Some("c".to_owned()), ..RepositoryPins::default() };
        assert_eq!(shelf.revision(&pins), "c");
        let shelf = Shelf { revision: None, ..shelf };
        assert_eq!(shelf.revision(&RepositoryPins::default()), "main");
    }

    #[test]
    fn an_older_tokenizer_brings_its_extras() {
        let found =
            |path: &str| Found { path: path.to_owned(), description: Description::default() };
        assert!(extras(&[found("tokenizer.json")]).is_empty());
        assert_eq!(extras(&[found("vocab.json")]).len(), 3);
    }
}
