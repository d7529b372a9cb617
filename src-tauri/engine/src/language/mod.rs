//! [`Language`]: what a snippet is written in. Guessing it is the business of
//! [`language_detector`](crate::language::detector).

mod detector;

use std::fmt;
use std::str::FromStr;

macro_rules! languages {
    ($($variant:ident $name:literal $($alias:literal)*, $doc:literal;)*) => {
        /// The programming language of a snippet.
        ///
        /// Whether a model knows a language is in its manifest; here are those the detector tells
        /// apart or a user may name.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Language {
            $(#[doc = $doc] $variant,)*
            /// Not known. Models are given their token for an unknown language.
            #[default]
            Unknown,
        }

        impl Language {
            /// Every language but [`Language::Unknown`].
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name that manifests, settings and the command line use: `python`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown => "unknown",
                }
            }

            fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $alias)* => Some(Self::$variant),)*
                    "unknown" => Some(Self::Unknown),
                    _ => None,
                }
            }
        }
    };
}

languages! {
    Python "python" "py", "Python.";
    Rust "rust" "rs", "Rust.";
    JavaScript "javascript" "js" "jsx" "mjs" "cjs", "JavaScript, with JSX.";
    TypeScript "typescript" "ts" "tsx" "mts", "TypeScript, with TSX.";
    Go "go" "golang", "Go.";
    C "c" "h", "C.";
    Cpp "cpp" "c++" "cc" "cxx" "hpp" "hh", "C++.";
    Java "java", "Java.";
    Html "html" "htm", "HTML.";
    Css "css" "scss", "CSS.";
    Yaml "yaml" "yml", "YAML.";
    Toml "toml", "TOML.";
    Kotlin "kotlin" "kt" "kts", "Kotlin.";
    Swift "swift", "Swift.";
    ObjectiveC "objc" "objective-c" "m" "mm", "Objective-C.";
    Shell "shell" "sh" "bash" "zsh", "Shell scripts.";
    CSharp "csharp" "c#" "cs", "C#.";
    Php "php", "PHP.";
    Ruby "ruby" "rb", "Ruby.";
    Sql "sql", "SQL.";
}

impl Language {
    /// The language that files with this extension are written in: `rs` is Rust.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::from_name(&extension.to_ascii_lowercase())
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A language name that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language {0:?}: use one of {names}", names = names())]
pub struct UnknownLanguage(String);

fn names() -> String {
    let names: Vec<_> = Language::ALL.iter().map(|language| language.name()).collect();
    names.join(", ")
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::from_name(&name.to_ascii_lowercase()).ok_or_else(|| UnknownLanguage(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases_are_read_back() {
        for language in Language::ALL {
            assert_eq!(
                language.name().parse(),
                Ok(*language),
                "{language} should read its own name"
            );
        }
        assert_eq!("TS".parse(), Ok(Language::TypeScript), "case does not matter");
        assert_eq!(Language::from_extension("HPP"), Some(Language::Cpp));
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let message = "klingon".parse::<Language>().unwrap_err().to_string();
        assert!(message.contains("klingon") && message.contains("python"), "{message}");
    }
}
