//! Which prompt a T5 checkpoint was trained on, as its tokenizer tells.

use std::collections::BTreeMap;

use pounce_model_format::{PromptTemplate, SentinelTokens};

use crate::tokenizer::Vocabulary;

/// Before the prefix of a model that knows languages, when the language is not known.
const ANY_LANGUAGE: &str = "<|lang|>";
/// Looks like a language's token and separates files.
const FILE_SEPARATOR: &str = "<|file|>";
const SENTINELS: [&str; 3] = ["<extra_id_0>", "<extra_id_1>", "<extra_id_2>"];
const TEXT_START: &str = "<s>";

/// The template: one sentinel a mode for a vocabulary with language tokens, span denoising for
/// one with sentinels only, the bare prefix for one with neither. `end` are the ids that end
/// the model's texts.
pub(crate) fn template(vocabulary: &Vocabulary, end: &[u32]) -> PromptTemplate {
    if vocabulary.id(SENTINELS[0]).is_none() {
        PromptTemplate::Plain
    } else if vocabulary.id(ANY_LANGUAGE).is_some() {
        PromptTemplate::Sentinel(by_mode(vocabulary))
    } else {
        PromptTemplate::Sentinel(span_denoising(vocabulary, end))
    }
}

/// The sentinel after the one that was asked for ends the answer, where the decoder names them.
pub(crate) fn next_sentinel(template: &PromptTemplate, vocabulary: &Vocabulary) -> Option<u32> {
    match template {
        PromptTemplate::Sentinel(tokens) if tokens.sentinel_in_output => {
            vocabulary.id(SENTINELS[1])
        }
        _ => None,
    }
}

/// The embedded model's: a language, and a sentinel that says how far to go on.
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

/// T5's and CodeT5's: the first sentinel stands for the gap, and the decoder repeats it. CodeT5
/// has a token for the start of a text as well.
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

/// The vocabulary's `<|name|>` tokens, by name.
fn languages(vocabulary: &Vocabulary) -> BTreeMap<String, String> {
    let language = |token: &str| {
        let name = token.strip_prefix("<|")?.strip_suffix("|>")?;
        let named = token != ANY_LANGUAGE && token != FILE_SEPARATOR;
        named.then(|| (name.to_owned(), token.to_owned()))
    };
    vocabulary.tokens().filter_map(language).collect()
}
