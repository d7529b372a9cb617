//! Control tokens: tokens that steer a model and are no text, by the names that models give them.

/// The tokens of fill in the middle: before the prefix, before the suffix and before the completion.
/// A vocabulary has all three of one line or none.
pub(crate) const FILL_IN_THE_MIDDLE: [[&str; 3]; 4] = [
    // Qwen2.5-Coder, CodeGemma.
    ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    // StarCoder, StarCoder2, Stable Code, Granite.
    ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
    // DeepSeek-Coder, whose middle token stands for the gap; it writes after the third.
    ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    // Code Llama.
    ["▁<PRE>", "▁<SUF>", "▁<MID>"],
];

/// Tokens that end a text, or start another one.
pub(crate) const ENDS: [&str; 18] = [
    "<|endoftext|>",
    "<|im_end|>",
    "<|im_start|>",
    "<|fim_pad|>",
    "<|file_sep|>",
    "<|repo_name|>",
    "<|file_separator|>",
    "<|end_of_text|>",
    "<|eot_id|>",
    "<fim_pad>",
    "<file_sep>",
    "<repo_name>",
    "<reponame>",
    "<filename>",
    "<｜end▁of▁sentence｜>",
    "<|EOT|>",
    "▁<EOT>",
    "</s>",
];

/// Whether a token steers a model. The tokenizer's file does not always tell: Qwen2.5-Coder's has
/// the tokens of fill in the middle as text.
pub(crate) fn is_control(token: &str) -> bool {
    ENDS.contains(&token) || FILL_IN_THE_MIDDLE.as_flattened().contains(&token)
}
