//! [`ModelCatalog`]: all models that are known by name, from `models/catalog.json`.

use serde::Deserialize;

use super::{model_id::ModelId, spec::ModelSpec};

/// The catalogue that is part of the program.
const BUILT_IN: &str = include_str!("../../../../models/catalog.json");

/// The version of the catalogue's format that this build reads.
const VERSION: u32 = 2;

/// The models that are known by name.
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
    /// It does not parse, or its format has another version.
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

    /// The entry of a model; `None` if the catalogue does not know it.
    pub fn get(&self, id: &ModelId) -> Option<&ModelSpec> {
        self.models.iter().find(|spec| spec.id == *id)
    }

    /// The model to load first, unless the settings name one.
    pub fn default_model(&self) -> Option<&ModelId> {
        self.models.iter().find(|spec| spec.is_default).map(|spec| &spec.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Tier;

    #[test]
    fn the_built_in_catalogue_parses_and_has_one_default() {
        let catalog = ModelCatalog::parse(BUILT_IN).unwrap();
        let n_defaults = catalog.models().iter().filter(|spec| spec.is_default).count();
        assert_eq!(n_defaults, 1, "the app must know what to load first");
        assert_eq!(catalog.default_model().unwrap().as_str(), "pounce-50m");
        assert_eq!(catalog.get(&"pounce-50m".into()).unwrap().tier, Tier::Small);
    }

    #[test]
    fn every_entry_can_be_installed_and_has_a_unique_id() {
        let catalog = ModelCatalog::built_in();
        for spec in catalog.models() {
            let same = catalog.models().iter().filter(|other| other.id == spec.id).count();
            assert_eq!(same, 1, "{} is listed twice", spec.id);
            assert_eq!(spec.folder, spec.id.as_str(), "the installer names folders by the id");
            assert_eq!(spec.is_embedded(), spec.is_default, "the bundled model is loaded first");
            let Some(source) = &spec.source else { continue };
            assert!(source.repo.split_once('/').is_some_and(|(_, name)| !name.contains('/')));
            assert!(!source.files.is_empty(), "{} has files", spec.id);
            for file in &source.files {
                let digits = file.sha256.as_deref().map(str::len);
                assert!(
                    digits.is_none_or(|digits| digits == 64),
                    "a checksum is complete or unknown"
                );
            }
        }
    }

    #[test]
    fn checksums_and_sizes_that_could_not_be_checked_are_unknown() {
        let catalog = ModelCatalog::built_in();
        let codet5p = catalog.get(&"codet5p-220m".into()).unwrap();
        assert!(!codet5p.is_pinned(), "its checksums are null");
        assert_eq!(codet5p.size_bytes(), None, "one unknown size makes the sum unknown");
        assert!(catalog.get(&"pounce-50m".into()).unwrap().is_pinned(), "nothing is downloaded");
        let other = r#"{ "version": 1, "models": [] }"#;
        let message = ModelCatalog::parse(other).unwrap_err().to_string();
        assert!(message.contains("version 1"), "{message}");
    }
}
