//! [`ModelSource`]: where a model comes from, as a person types or picks it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::names::is_gguf;
use super::repository::Repository;
use crate::catalog::ModelId;
use crate::error::InstallError;

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// An entry of the catalogue: `codet5p-220m`.
    Catalogue(ModelId),
    /// A repository in the layout of Hugging Face: `user/name`.
    Repository(Repository),
    /// A folder with a checkpoint, or with a converted model: `./folder`.
    Folder(PathBuf),
    /// A GGUF file: `./model.gguf`.
    File(PathBuf),
}

impl FromStr for ModelSource {
    type Err = InstallError;

    /// Decides by the text alone: an address begins with `https://`; a path begins with `/`, `./`, `../`
    /// or `~/`, or ends in `.gguf` and has no colon; other text with a slash is a repository, and a
    /// single word a catalogue id.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(repository) = Repository::of_address(text) {
            return Ok(Self::Repository(repository));
        }
        if looks_like_a_path(text) {
            let path = expand_home(text);
            let is_file = is_gguf(text);
            return Ok(if is_file { Self::File(path) } else { Self::Folder(path) });
        }
        if text.contains('/') {
            let repository = Repository::parse(text).map(Self::Repository);
            return repository.ok_or_else(|| InstallError::Unknown { name: text.to_owned() });
        }
        Ok(Self::Catalogue(text.into()))
    }
}

impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalogue(id) => id.fmt(f),
            Self::Repository(repository) => repository.fmt(f),
            Self::Folder(path) | Self::File(path) => path.display().fmt(f),
        }
    }
}

fn looks_like_a_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let is_dots = matches!(text, "." | "..");
    let is_file = is_gguf(text) && !text.contains(':');
    begins || is_dots || is_file || Path::new(text).is_absolute()
}

/// Replaces `~/`, which no shell has done for text from a window's field.
fn expand_home(text: &str) -> PathBuf {
    let home = directories::BaseDirs::new();
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(repo: &str, revision: Option<&str>, file: Option<&str>) -> ModelSource {
        let [revision, file] = [revision, file].map(|part| part.map(str::to_owned));
        ModelSource::Repository(Repository { repo: repo.to_owned(), revision, file })
    }

    #[test]
    fn sources_are_recognized_by_their_text() {
        let check = |text: &str, expected: ModelSource| {
            assert_eq!(text.parse::<ModelSource>().unwrap(), expected, "{text}");
        };
        check("codet5p-220m", ModelSource::Catalogue("codet5p-220m".into()));
        check("a/b", repository("a/b", None, None));
        check("a/b@v1.0", repository("a/b", Some("v1.0"), None));
        check("a/b@refs/pr/1", repository("a/b", Some("refs/pr/1"), None));
        check("a/b:x/c.gguf", repository("a/b", None, Some("x/c.gguf")));
        check("a/b@v1:c.gguf", repository("a/b", Some("v1"), Some("c.gguf")));
        check("./a", ModelSource::Folder("./a".into()));
        check("/a/b.gguf", ModelSource::File("/a/b.gguf".into()));
        check("b.gguf", ModelSource::File("b.gguf".into()));
        check("a/b.gguf", ModelSource::File("a/b.gguf".into()));
        check("./a/B.GGUF", ModelSource::File("./a/B.GGUF".into()));
        check("..", ModelSource::Folder("..".into()));
    }

    #[test]
    fn an_address_of_hugging_face_is_its_repository() {
        let check = |text: &str, revision: Option<&str>, file: Option<&str>| {
            assert_eq!(
                text.parse::<ModelSource>().unwrap(),
                repository("a/b", revision, file),
                "{text}"
            );
        };
        check("https://huggingface.co/a/b", None, None);
        check("https://huggingface.co/a/b/", None, None);
        check("hf.co/a/b?library=transformers", None, None);
        check("https://huggingface.co/a/b/tree/main", Some("main"), None);
        check("https://huggingface.co/a/b/blob/main/x/c.gguf", Some("main"), Some("x/c.gguf"));
        check(
            "https://huggingface.co/a/b/resolve/v1/C.GGUF?download=true",
            Some("v1"),
            Some("C.GGUF"),
        );
        check("https://huggingface.co/a/b/blob/main/model.safetensors", Some("main"), None);
        for text in [
            "https://huggingface.co/a",
            "https://example.org/a/b",
            "https://huggingface.co/a/b/x/y",
        ] {
            assert!(text.parse::<ModelSource>().is_err(), "{text}");
        }
    }

    #[test]
    fn repositories_with_unsafe_names_are_refused() {
        for text in ["a/b/c", "a/", "/../x:y", "a/b@..", "a/b:../../c.gguf", "a/b:c.bin", "a/b?c=d"]
        {
            let parsed = text.parse::<ModelSource>();
            let is_harmless = matches!(parsed, Err(_) | Ok(ModelSource::Folder(_)));
            assert!(is_harmless, "{text} is no repository: {parsed:?}");
        }
    }
}
