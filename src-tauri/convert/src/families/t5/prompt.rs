//! The prompt that a T5 model was trained on, which its vocabulary tells.

use std::collections::BTreeMap;

use pounce_model_format::{PromptTemplate, SentinelTokens};

use crate::tokenizer::vocabulary::Vocabulary;

/// The language token for an unknown language.
const ANY_LANGUAGE: &str = "<|lang|>";
/// A token that separates files and has the form of a language token.
const FILE_SEPARATOR: &str = "<|file|>";
const SENTINELS: [&str; 3] = ["<extra_id_0>", "<extra_id_1>", "<extra_id_2>"];
const TEXT_START: &str = "<s>";

/// Returns the template: one sentinel for each mode if the vocabulary has language tokens, span
/// denoising if it has sentinels alone, and the prefix if it has neither. `end` has the ids that end
/// a text.
pub(crate) fn template(vocabulary: &Vocabulary, end: &[u32]) -> PromptTemplate {
    if vocabulary.id(SENTINELS[0]).is_none() {
        PromptTemplate::Plain
    } else if vocabulary.id(ANY_LANGUAGE).is_some() {
        PromptTemplate::Sentinel(by_mode(vocabulary))
    } else {
        PromptTemplate::Sentinel(span_denoising(vocabulary, end))
    }
}

/// Returns the id of the sentinel after the requested one, which ends the completion of a model that
/// repeats sentinels.
pub(crate) fn next_sentinel(template: &PromptTemplate, vocabulary: &Vocabulary) -> Option<u32> {
    match template {
        PromptTemplate::Sentinel(tokens) if tokens.sentinel_in_output => {
            vocabulary.id(SENTINELS[1])
        }
        _ => None,
    }
}

/// Returns the template of the embedded model: a language, and a sentinel for each mode.
fn by_mode(vocabulary: &Vocabulary) -> SentinelTokens {
    let [line, free, block] = SENTINELS.map(str::to_owned);
    SentinelTokens {
        line,
        free,
        block,
        languages: languages(vocabulary),
        unknown_language: ANY_LANGUAGE.to_owned(),
        ..SentinelTokens::default()
    }
}

/// Returns the template of T5 and CodeT5: the first sentinel stands for the gap, and the decoder
/// repeats it. CodeT5 also has a token for the start of a text.
fn span_denoising(vocabulary: &Vocabulary, end: &[u32]) -> SentinelTokens {
    let start = vocabulary.id(TEXT_START).map_or("", |_| TEXT_START);
    let end = end.first().and_then(|&id| vocabulary.token(id)).unwrap_or_default();
    let sentinel = || SENTINELS[0].to_owned();
    SentinelTokens {
        start: start.to_owned(),
        end: end.to_owned(),
        line: sentinel(),
        block: sentinel(),
        free: sentinel(),
        sentinel_in_output: true,
        ..SentinelTokens::default()
    }
}

/// Returns the language tokens, `<|name|>`, by name.
fn languages(vocabulary: &Vocabulary) -> BTreeMap<String, String> {
    let language = |token: &str| {
        let name = token.strip_prefix("<|")?.strip_suffix("|>")?;
        let named = token != ANY_LANGUAGE && token != FILE_SEPARATOR;
        named.then(|| (name.to_owned(), token.to_owned()))
    };
    vocabulary.tokens().filter_map(language).collect()
}
