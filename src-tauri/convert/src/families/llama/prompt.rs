//! Which prompt a decoder-only model was trained on, as its vocabulary tells.

use pounce_model_format::{FimTokens, PromptTemplate, SpecialTokens};

use crate::tokenizer::Vocabulary;

/// Tokens before the prefix, before the suffix, and where the model starts to write. A family is
/// known by having all three.
const FILL_IN_THE_MIDDLE: [[&str; 3]; 4] = [
    // Qwen2.5-Coder, CodeGemma.
    ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
    // StarCoder, StarCoder2, Stable Code, Granite.
    ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
    // DeepSeek-Coder, whose middle token stands for the gap; it writes after the third.
    ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    // Code Llama.
    ["▁<PRE>", "▁<SUF>", "▁<MID>"],
];

/// Tokens after which a text is over, or another one begins, in any of the families.
const ENDS: [&str; 18] = [
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

/// Whether a token steers a model, whatever its tokenizer's file says: that of Qwen2.5-Coder takes those for filling in
/// the middle for text.
pub(crate) fn is_control(token: &str) -> bool {
    ENDS.contains(&token) || FILL_IN_THE_MIDDLE.as_flattened().contains(&token)
}

/// Fill in the middle with the tokens that the vocabulary has for it; else the prefix alone.
pub(crate) fn template(vocabulary: &Vocabulary) -> PromptTemplate {
    let known = |tokens: &&[&str; 3]| tokens.iter().all(|token| vocabulary.id(token).is_some());
    match FILL_IN_THE_MIDDLE.iter().find(known) {
        Some(tokens) => {
            let [prefix, suffix, middle] = tokens.map(str::to_owned);
            PromptTemplate::FillInTheMiddle(FimTokens { prefix, suffix, middle })
        }
        None => PromptTemplate::Plain,
    }
}

/// The config's ends, and those that its family has by custom.
pub(crate) fn special_tokens(
    vocabulary: &Vocabulary,
    text_start: Option<u32>,
    end: &[u32],
) -> SpecialTokens {
    let mut ids = end.to_vec();
    let fim = FILL_IN_THE_MIDDLE.iter().flatten();
    ids.extend(ENDS.iter().chain(fim).filter_map(|token| vocabulary.special_id(token)));
    ids.sort_unstable();
    ids.dedup();
    SpecialTokens { decoder_start: text_start, end: ids }
}
