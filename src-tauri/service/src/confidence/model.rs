//! [`ConfidenceModel`]: the logistic model that makes a probability of [`Features`].

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::features::Features;
use super::level::Confidence;

/// The file in a model's folder.
pub const CONFIDENCE_FILE: &str = "confidence.json";
const BUILT_IN: &str = include_str!("../../../../models/pounce-50m/confidence.json");

const N: usize = Features::NAMES.len();

/// A logistic regression: the probability is `1 / (1 + exp(-z))`, where `z` is the intercept plus the
/// sum of each weight times its feature, shifted by the mean and divided by the scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceModel {
    /// The names of the features, to recognize a file that was fitted to others.
    pub(super) features: Vec<String>,
    pub(super) means: [f64; N],
    /// Standard deviations; 1 where a feature is constant.
    pub(super) scales: [f64; N],
    pub(super) weights: [f64; N],
    pub(super) intercept: f64,
    /// On how many cases it was fitted.
    pub(super) n_cases: usize,
}

impl ConfidenceModel {
    /// What was fitted to the model that comes with the program.
    pub fn built_in() -> Self {
        serde_json::from_str(BUILT_IN)
            .expect("models/pounce-50m/confidence.json is checked by a test")
    }

    /// Reads what was fitted to the model in the folder `dir`. `None` if there is none, or one of
    /// another version of the program.
    pub fn load(dir: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(dir.join(CONFIDENCE_FILE)).ok()?;
        let found: Self = serde_json::from_str(&text).ok()?;
        (found.features == Features::NAMES).then_some(found)
    }

    /// Writes it to `path`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")
    }

    /// How sure a completion with these features is.
    pub fn confidence(&self, features: &Features) -> Confidence {
        let standardized = self.standardized(features);
        let products = standardized.iter().zip(&self.weights).map(|(x, weight)| x * weight);
        let z = self.intercept + products.sum::<f64>();
        Confidence::new(1.0 / (1.0 + (-z).exp()))
    }

    pub(super) fn standardized(&self, Features(features): &Features) -> [f64; N] {
        std::array::from_fn(|index| (features[index] - self.means[index]) / self.scales[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> ConfidenceModel {
        let mut weights = [0.0; N];
        weights[0] = 1.0;
        let features = Features::NAMES.map(str::to_owned).to_vec();
        let (means, scales) = ([0.0; N], [1.0; N]);
        ConfidenceModel { features, means, scales, weights, intercept: 2.0, n_cases: 10 }
    }

    fn features(sum: f64) -> Features {
        let mut features = [0.0; N];
        features[0] = sum;
        Features(features)
    }

    #[test]
    fn the_probability_is_logistic() {
        let found = model().confidence(&features(-2.0)).probability;
        assert!((found - 0.5).abs() < 1e-9, "{found}");
        let found = model().confidence(&features(0.0)).probability;
        assert!((found - 0.880_797).abs() < 1e-6, "{found}");
    }

    #[test]
    fn the_built_in_one_is_fitted_to_these_features() {
        assert_eq!(ConfidenceModel::built_in().features, Features::NAMES);
    }

    #[test]
    fn one_of_other_features_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(ConfidenceModel::load(folder.path()), None, "there is none");
        let path = folder.path().join(CONFIDENCE_FILE);
        model().save(&path).unwrap();
        assert_eq!(ConfidenceModel::load(folder.path()), Some(model()));
        let mut other = model();
        other.features[0] = "another".to_owned();
        other.save(&path).unwrap();
        assert_eq!(ConfidenceModel::load(folder.path()), None);
    }
}
