//! [`Repository`]: a repository in the layout of Hugging Face, and what is wanted of it.

use std::fmt;

use super::names::{is_gguf, is_inner_path, is_name};

/// Where pages of repositories are.
const HOSTS: [&str; 3] = ["huggingface.co/", "www.huggingface.co/", "hf.co/"];

/// A repository in the layout of Hugging Face: `user/name`, `user/name@revision`,
/// `user/name:file.gguf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `user/name`.
    pub repo: String,
    /// A branch, tag or commit; `None` is `main`.
    pub revision: Option<String>,
    /// The path of a GGUF file, which is all that is downloaded; `None` takes the checkpoint.
    pub file: Option<String>,
}

impl Repository {
    /// Reads one of the forms above; `None` if a part of it is not a safe name.
    pub(super) fn parse(text: &str) -> Option<Self> {
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
            && file.is_none_or(|file| is_gguf(file) && is_inner_path(file));
        let [revision, file] = [revision, file].map(|part| part.map(str::to_owned));
        is_sound.then(|| Self { repo: repo.to_owned(), revision, file })
    }

    /// Reads the address of a repository's page or of one of its files, as a browser shows or copies it;
    /// `None` if it is no such address.
    pub(super) fn of_address(text: &str) -> Option<Self> {
        let address = text.strip_prefix("https://").unwrap_or(text);
        let path = HOSTS.iter().find_map(|host| address.strip_prefix(host))?;
        let path = path.split(['?', '#']).next()?.trim_matches('/');
        let mut parts = path.splitn(5, '/');
        let repo = format!("{}/{}", parts.next()?, parts.next()?);
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::parse(&repo),
            (Some("tree" | "blob" | "resolve"), Some(revision), file) => {
                let file = file.filter(|file| is_gguf(file)).map(|file| format!(":{file}"));
                Self::parse(&format!("{repo}@{revision}{}", file.unwrap_or_default()))
            }
            _ => None,
        }
    }

    /// The default name of its model: that of the GGUF file, or of the repository.
    pub(crate) fn name(&self) -> &str {
        let file = self.file.as_deref().and_then(|file| file.rsplit('/').next());
        let stem =
            file.filter(|file| is_gguf(file)).map(|file| &file[..file.len() - ".gguf".len()]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_s_model_has_the_name_of_its_file_or_its_own() {
        let name = |text: &str| Repository::parse(text).unwrap().name().to_owned();
        assert_eq!(name("a/SmolLM2-135M"), "SmolLM2-135M");
        assert_eq!(name("a/b:x/c-q8_0.gguf"), "c-q8_0");
        assert_eq!(name("a/b:C.GGUF"), "C");
    }
}
