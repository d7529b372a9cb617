//! [`ConvertOptions`]: what can be chosen about a conversion.

use pounce_model_format::Quantization;

/// What can be chosen about a conversion; by default, everything is as the checkpoint has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConvertOptions {
    /// How the weights are stored.
    pub quantization: Quantization,
    /// The model's id. `None` takes the name of the checkpoint's folder, or that of the GGUF file
    /// without its extension.
    pub id: Option<String>,
    /// The longest sequence that the graphs accept, in tokens. `None` takes 1,024 for an encoder and
    /// a decoder, and at most 4,096 of the context length of a decoder alone.
    pub max_seq_len: Option<usize>,
    /// The longest prompt that the model was trained on, in tokens. `None` takes `n_positions` of a
    /// T5 config, or 512. For a decoder alone it takes seven eighths of the longest sequence, which
    /// leaves the rest for the completion.
    pub max_prompt_len: Option<usize>,
}
