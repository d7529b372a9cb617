//! The model families that can be converted, one folder each.

pub(crate) mod description;
pub(crate) mod family;
mod llama;
mod one_or_more;
mod t5;

use crate::error::ConvertError;
use description::ModelDescription;
use family::{Family, OpenFamily};

/// A model type of Hugging Face's configs or of GGUF files, the name of its family, and what opens
/// models of it.
const MODEL_TYPES: &[(&str, &str, OpenFamily)] = &[
    ("t5", "T5", t5::open),
    ("mt5", "T5", t5::open),
    ("llama", "Llama", llama::open),
    ("qwen2", "Qwen2", llama::open),
];

/// Opens the model that a checkpoint describes. Returns its family and the family's name.
///
/// # Errors
/// [`ConvertError::UnknownFamily`], or what the family says about the description.
pub(crate) fn open(
    description: &ModelDescription<'_>,
) -> Result<(&'static str, Box<dyn Family>), ConvertError> {
    let model_type = description.model_type()?;
    let known = MODEL_TYPES.iter().find(|(known, ..)| *known == model_type);
    let &(model_type, name, open) = known.ok_or_else(|| unknown_family(&model_type))?;
    Ok((name, open(model_type, description)?))
}

fn unknown_family(model_type: &str) -> ConvertError {
    let mut supported: Vec<&str> = MODEL_TYPES.iter().map(|(_, name, _)| *name).collect();
    supported.dedup();
    ConvertError::UnknownFamily {
        model_type: model_type.escape_debug().to_string(),
        supported: supported.join(", "),
    }
}
