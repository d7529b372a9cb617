//! The prompt that a decoder-only model was trained on, which its vocabulary tells.

use pounce_model_format::{FimTokens, PromptTemplate, SpecialTokens};

use crate::tokenizer::control_tokens::{ENDS, FILL_IN_THE_MIDDLE};
use crate::tokenizer::vocabulary::Vocabulary;

/// Returns the template: fill in the middle if the vocabulary has tokens for it, else the prefix
/// alone.
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

/// Returns the tokens around a completion: the ends of the config, and the control tokens that the
/// vocabulary has.
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
