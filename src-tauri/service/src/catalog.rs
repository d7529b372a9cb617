//! [`ModelCatalog`]: which models exist and how they rank. Whether one is on this disk is the
//! business of the [`ModelRegistry`](crate::registry::ModelRegistry).

mod spec;

use std::fmt;
use std::sync::Arc;

pub use spec::{FileSpec, ModelSpec, PromptKind, Quality, SourceSpec};

use serde::{Deserialize, Serialize};

/// The catalogue that is part of the program.
const BUILT_IN: &str = include_str!("../../../models/catalog.json");

/// The short name of a model, unique on a machine: `pounce-50m`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(Arc<str>);

impl ModelId {
    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ModelId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for ModelId {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much a model knows, and so how slow it is. The router asks for a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Below about 150 million parameters.
    Small,
    /// Up to about 400 million.
    Medium,
    /// Above.
    Large,
}

impl Tier {
    /// The tier of a model that the catalogue does not know, from the size of its files: at 8 bits
    /// a parameter is a byte.
    pub fn of_size(size_bytes: u64) -> Self {
        match size_bytes {
            0..150_000_000 => Self::Small,
            150_000_000..400_000_000 => Self::Medium,
            _ => Self::Large,
        }
    }

    /// 0 for small to 2 for large.
    pub(crate) fn rank(self) -> u8 {
        self as u8
    }
}

/// The layout of the catalogue that this build reads.
const VERSION: u32 = 2;

/// All models that are known by name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCatalog {
    version: u32,
    models: Vec<ModelSpec>,
}

impl ModelCatalog {
    /// The catalogue that is part of the program.
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("models/catalog.json is checked by a test")
    }

    /// Reads a catalogue from its JSON.
    ///
    /// # Errors
    /// Where and why it does not parse, or that it is of another version.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let catalog: Self = serde_json::from_str(json)?;
        if catalog.version == VERSION {
            return Ok(catalog);
        }
        let found = format!("version {}, this build reads {VERSION}", catalog.version);
        Err(serde::de::Error::custom(found))
    }

    /// Every entry, in the catalogue's order.
    pub fn models(&self) -> &[ModelSpec] {
        &self.models
    }

    /// The entry of one model.
    pub fn get(&self, id: &ModelId) -> Option<&ModelSpec> {
        self.models.iter().find(|spec| spec.id == *id)
    }

    /// The model to load first.
    pub fn default_model(&self) -> Option<&ModelId> {
        self.models.iter().find(|spec| spec.is_default).map(|spec| &spec.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_parses_and_has_one_default() {
        let catalog = ModelCatalog::parse(BUILT_IN).unwrap();
        let n_defaults = catalog.models().iter().filter(|spec| spec.is_default).count();
        assert_eq!(n_defaults, 1, "the app must know what to load first");
        assert_eq!(catalog.default_model().unwrap().as_str(), "pounce-50m");
        assert_eq!(catalog.get(&"pounce-50m".into()).unwrap().tier, Tier::Small);
    }

    #[test]
    fn every_entry_is_one_that_can_be_installed_and_told_apart() {
        let catalog = ModelCatalog::built_in();
        for spec in catalog.models() {
            let same = catalog.models().iter().filter(|other| other.id == spec.id).count();
            assert_eq!(same, 1, "{} is listed twice", spec.id);
            assert_eq!(spec.folder, spec.id.as_str(), "the installer names folders by the id");
            assert_eq!(spec.is_embedded(), spec.is_default, "what comes along is loaded first");
            let Some(source) = &spec.source else { continue };
            assert!(source.repo.split_once('/').is_some_and(|(_, name)| !name.contains('/')));
            assert!(!source.files.is_empty(), "{} has files", spec.id);
            for file in &source.files {
                let digits = file.sha256.as_deref().map(str::len);
                assert!(digits.is_none_or(|digits| digits == 64), "a checksum is whole or unknown");
            }
        }
    }

    #[test]
    fn what_could_not_be_checked_is_said_to_be_unknown() {
        let catalog = ModelCatalog::built_in();
        let codet5p = catalog.get(&"codet5p-220m".into()).unwrap();
        assert!(!codet5p.is_pinned(), "its checksums are null");
        assert_eq!(codet5p.size_bytes(), None, "a sum with an unknown in it is unknown");
        assert!(catalog.get(&"pounce-50m".into()).unwrap().is_pinned(), "nothing is downloaded");
        let other = r#"{ "version": 1, "models": [] }"#;
        let message = ModelCatalog::parse(other).unwrap_err().to_string();
        assert!(message.contains("version 1"), "{message}");
    }

    #[test]
    fn unknown_models_are_ranked_by_size() {
        assert_eq!(Tier::of_size(46_000_000), Tier::Small, "the embedded model's size");
        assert_eq!(Tier::of_size(220_000_000), Tier::Medium, "codet5p-220m at 8 bits");
        assert_eq!(Tier::of_size(500_000_000), Tier::Large);
        assert!(Tier::Small < Tier::Large);
    }
}
