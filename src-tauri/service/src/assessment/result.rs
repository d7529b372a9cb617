//! [`Assessment`]: what the cases have shown of a model.

use pounce_engine::PromptForm;
use pounce_models::catalog::ContextQuality;
use serde::{Deserialize, Serialize};

use crate::confidence::ConfidenceModel;

/// What the cases have shown of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The form in which it is asked best.
    pub form: PromptForm,
    /// How good it is, asked in that form.
    pub quality: ContextQuality,
    /// How sure its completions are; `None` if all of them were right or all wrong.
    pub confidence: Option<ConfidenceModel>,
}
