//! [`ModelSource`]: where a model is to come from, as a person types or picks it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::InstallError;
use crate::catalog::ModelId;

/// Where a model is to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// An entry of the catalogue: `codet5p-220m`.
    Catalogue(ModelId),
    /// Any repository in the layout of Hugging Face: `user/name`.
    Repository(Repository),
    /// A folder with a checkpoint, or with a converted model: `./folder`.
    Folder(PathBuf),
    /// A GGUF file: `./model.gguf`.
    File(PathBuf),
}

/// A repository in the layout of Hugging Face: `user/name`, `user/name@revision`,
/// `user/name:file.gguf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `user/name`.
    pub repo: String,
    /// A branch, tag or commit; `None` is `main`.
    pub revision: Option<String>,
    /// The one file that is wanted, a GGUF; `None` takes the checkpoint.
    pub file: Option<String>,
}

impl FromStr for ModelSource {
    type Err = InstallError;

    /// Tells the kinds apart by their looks alone: a path begins with `/`, `./`, `../` or `~/`, or
    /// ends in `.gguf` and names no repository.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if looks_like_a_path(text) {
            let path = expand_home(text);
            let is_file = text.ends_with(".gguf");
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

impl Repository {
    fn parse(text: &str) -> Option<Self> {
        let (name, file) = match text.split_once(':') {
            Some((name, file)) => (name, Some(file)),
            None => (text, None),
        };
        let (repo, revision) = match name.split_once('@') {
            Some((repo, revision)) => (repo, Some(revision)),
            None => (name, None),
        };
        let (user, model) = repo.split_once('/')?;
        let is_sound = is_name(user)
            && is_name(model)
            && revision.is_none_or(|revision| revision.split('/').all(is_name))
            && file.is_none_or(|file| file.ends_with(".gguf") && is_inner_path(file));
        let [revision, file] = [revision, file].map(|part| part.map(str::to_owned));
        is_sound.then(|| Self { repo: repo.to_owned(), revision, file })
    }

    /// What the model is called if nobody says otherwise.
    pub(crate) fn name(&self) -> &str {
        let file = self.file.as_deref().and_then(|file| file.rsplit('/').next());
        let stem = file.and_then(|file| file.strip_suffix(".gguf"));
        stem.unwrap_or_else(|| self.repo.rsplit('/').next().unwrap_or(&self.repo))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repo)?;
        if let Some(revision) = &self.revision {
            write!(f, "@{revision}")?;
        }
        if let Some(file) = &self.file {
            write!(f, ":{file}")?;
        }
        Ok(())
    }
}

/// Whether a name can be a model's, and its folder's: letters, digits, `.`, `_` and `-`, not
/// beginning with a dot.
pub(crate) fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=96).contains(&name.len()) && !name.starts_with('.') && name.chars().all(is_allowed)
}

/// Whether a file's path stays inside its repository, also once it is a path of this disk.
pub(crate) fn is_inner_path(path: &str) -> bool {
    path.split('/').all(is_name)
}

fn looks_like_a_path(text: &str) -> bool {
    let begins = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let is_dots = matches!(text, "." | "..");
    let is_file = text.ends_with(".gguf") && !text.contains(':');
    begins || is_dots || is_file || std::path::Path::new(text).is_absolute()
}

/// `~/` where no shell has replaced it: in a window's field.
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
    fn sources_are_told_apart_by_their_looks() {
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
        check("..", ModelSource::Folder("..".into()));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for text in ["a/b/c", "a/", "/../x:y", "a/b@..", "a/b:../../c.gguf", "a/b:c.bin", "a/b?c=d"]
        {
            let parsed = text.parse::<ModelSource>();
            let is_harmless = matches!(parsed, Err(_) | Ok(ModelSource::Folder(_)));
            assert!(is_harmless, "{text} is no repository: {parsed:?}");
        }
    }

    #[test]
    fn a_repository_s_model_is_called_by_its_file_or_its_name() {
        let name = |text: &str| Repository::parse(text).unwrap().name().to_owned();
        assert_eq!(name("a/SmolLM2-135M"), "SmolLM2-135M");
        assert_eq!(name("a/b:x/c-q8_0.gguf"), "c-q8_0");
    }
}
