//! [`Language`]: the programming language of a snippet, by name, by file extension, or
//! [detected](Language::detect) from the code. [`nesting`] knows which brackets and quotes are open in it.

mod detector;
mod languages;
pub mod nesting;

use std::fmt;
use std::str::FromStr;

pub use languages::Language;

impl Language {
    /// The name that manifests, settings and the command line use: `python`.
    pub fn name(self) -> &'static str {
        self.profile().map_or("unknown", |profile| profile.name)
    }

    /// The language of files with this extension: `rs` is Rust.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::from_name(&extension.to_ascii_lowercase())
    }

    /// The language of the file with this name, by the whole name or by its extension: of
    /// `Makefile`, `Dockerfile` and `CMakeLists.txt` too.
    ///
    /// ```
    /// # use pounce_engine::Language;
    /// assert_eq!(Language::from_file_name("Dockerfile"), Some(Language::Dockerfile));
    /// assert_eq!(Language::from_file_name("main.test.ts"), Some(Language::TypeScript));
    /// ```
    pub fn from_file_name(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        match name.to_ascii_lowercase().as_str() {
            "makefile" | "gnumakefile" => Some(Self::Makefile),
            "dockerfile" | "containerfile" => Some(Self::Dockerfile),
            "cmakelists.txt" => Some(Self::CMake),
            _ if stem.is_empty() || extension.is_empty() => None,
            _ => Self::from_extension(extension),
        }
    }

    /// The language with this name or alias, in lower case.
    fn from_name(name: &str) -> Option<Self> {
        let is_named = |language: &Self| {
            let profile = language.profile();
            profile.is_some_and(|it| it.name == name || it.aliases.contains(&name))
        };
        let unknown = Some(Self::Unknown).filter(|unknown| unknown.name() == name);
        Self::ALL.iter().copied().find(is_named).or(unknown)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(&name.to_ascii_lowercase()).ok_or_else(|| UnknownLanguage(name.to_owned()))
    }
}

/// A name that no language has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {0:?}: use one of {names}", names = names())]
pub struct UnknownLanguage(String);

fn names() -> String {
    let names: Vec<_> = Language::ALL.iter().map(|language| language.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_parses_its_name_and_aliases() {
        for language in Language::ALL {
            let profile = language.profile().unwrap();
            for name in profile.aliases.iter().chain([&profile.name]) {
                assert_eq!(name.parse(), Ok(*language), "{name} should name one language");
            }
        }
        assert_eq!("TS".parse(), Ok(Language::TypeScript), "case does not matter");
        assert_eq!("unknown".parse(), Ok(Language::Unknown), "settings may say so");
        assert_eq!(Language::from_extension("HPP"), Some(Language::Cpp));
    }

    #[test]
    fn files_are_known_by_their_whole_name_too() {
        let check = |name: &str, expected: Option<Language>| {
            assert_eq!(Language::from_file_name(name), expected, "{name}");
        };
        check("Makefile", Some(Language::Makefile));
        check("rules.mk", Some(Language::Makefile));
        check("Dockerfile", Some(Language::Dockerfile));
        check("CMakeLists.txt", Some(Language::CMake));
        check("notes.txt", None);
        check("python", None);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = "klingon".parse::<Language>().unwrap_err().to_string();
        assert!(message.contains("klingon") && message.contains("python"), "{message}");
    }
}
