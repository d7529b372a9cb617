//! [`Preference`]: speed or quality.

use serde::{Deserialize, Serialize};

/// What the user prefers when speed and quality disagree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preference {
    /// The smallest model, always.
    Fast,
    /// The model whose answer is worth the most for its time; a quick one answers first.
    #[default]
    Balanced,
    /// The largest that ends within the maximum.
    Best,
}
