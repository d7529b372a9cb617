//! A prompt template with ids.

use std::collections::HashMap;

use pounce_model_format::{FimTokens, SentinelTokens};

use crate::backend::graph::TokenId;
use crate::error::EngineError;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::tokenizer::Tokenizer;

/// A [`PromptTemplate`] with ids instead of texts.
#[derive(Debug)]
pub(super) enum Template {
    Sentinel(SentinelIds),
    FillInTheMiddle { prefix: TokenId, suffix: TokenId, middle: TokenId },
    Plain,
}

#[derive(Debug)]
pub(super) struct SentinelIds {
    start: Option<TokenId>,
    end: Option<TokenId>,
    line: TokenId,
    block: TokenId,
    free: TokenId,
    languages: HashMap<String, TokenId>,
    unknown_language: Option<TokenId>,
    sentinel_in_output: bool,
}

impl Template {
    /// Tokens beside the code.
    pub(super) fn n_special(&self) -> usize {
        match self {
            Self::Sentinel(ids) => {
                1 + usize::from(ids.start.is_some())
                    + usize::from(ids.end.is_some())
                    + usize::from(ids.unknown_language.is_some())
            }
            // With one more that starts a text.
            Self::FillInTheMiddle { .. } => 4,
            Self::Plain => 1,
        }
    }

    pub(super) fn shows_suffix(&self) -> bool {
        !matches!(self, Self::Plain)
    }
}

pub(super) fn fim_template(
    tokens: &FimTokens,
    tokenizer: &Tokenizer,
) -> Result<Template, EngineError> {
    Ok(Template::FillInTheMiddle {
        prefix: tokenizer.id_of(&tokens.prefix)?,
        suffix: tokenizer.id_of(&tokens.suffix)?,
        middle: tokenizer.id_of(&tokens.middle)?,
    })
}

impl SentinelIds {
    pub(super) fn new(tokens: &SentinelTokens, tokenizer: &Tokenizer) -> Result<Self, EngineError> {
        let optional =
            |token: &str| (!token.is_empty()).then(|| tokenizer.id_of(token)).transpose();
        let languages = tokens
            .languages
            .iter()
            .map(|(name, token)| Ok((name.clone(), tokenizer.id_of(token)?)));
        Ok(Self {
            start: optional(&tokens.start)?,
            end: optional(&tokens.end)?,
            line: tokenizer.id_of(&tokens.line)?,
            block: tokenizer.id_of(&tokens.block)?,
            free: tokenizer.id_of(&tokens.free)?,
            languages: languages.collect::<Result<_, EngineError>>()?,
            unknown_language: optional(&tokens.unknown_language)?,
            sentinel_in_output: tokens.sentinel_in_output,
        })
    }

    pub(super) fn render(
        &self,
        prompt: &Prompt,
        prefix: Vec<TokenId>,
        suffix: Vec<TokenId>,
        decoder_start: TokenId,
    ) -> (Vec<TokenId>, Vec<TokenId>) {
        let sentinel = match prompt.mode {
            Mode::Line => self.line,
            Mode::Block => self.block,
            Mode::Free => self.free,
        };
        let language =
            self.languages.get(prompt.language.name()).copied().or(self.unknown_language);
        let mut input = Vec::with_capacity(prefix.len() + suffix.len() + 4);
        input.extend(self.start);
        input.extend(language);
        input.extend(prefix);
        input.push(sentinel);
        input.extend(suffix);
        input.extend(self.end);
        let start = [Some(decoder_start), self.sentinel_in_output.then_some(sentinel)];
        (input, start.into_iter().flatten().collect())
    }
}
