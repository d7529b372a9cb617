//! [`Template`]: the order of code and special tokens in a prompt.

use std::collections::HashMap;

use pounce_model_format::{Architecture, ModelManifest, PromptTemplate, SentinelTokens};

use crate::backend::graph::TokenId;
use crate::error::EngineError;
use crate::prompt::Prompt;
use crate::prompt::mode::Mode;
use crate::prompt::tokenizer::Tokenizer;

/// A manifest's [`PromptTemplate`] with token ids instead of texts.
#[derive(Debug)]
pub(super) struct Template {
    kind: Kind,
    architecture: Architecture,
    /// The token that every decoder input begins with, if the model has one.
    decoder_start: Option<TokenId>,
}

#[derive(Debug)]
enum Kind {
    Sentinel(SentinelIds),
    FillInTheMiddle { prefix: TokenId, suffix: TokenId, middle: TokenId },
    Plain,
}

/// See [`SentinelTokens`].
#[derive(Debug)]
struct SentinelIds {
    start: Option<TokenId>,
    end: Option<TokenId>,
    line: TokenId,
    block: TokenId,
    free: TokenId,
    /// By [`Language::name`](crate::Language::name).
    languages: HashMap<String, TokenId>,
    unknown_language: Option<TokenId>,
    sentinel_in_output: bool,
}

impl Template {
    /// Looks up the tokens that the manifest names.
    ///
    /// # Errors
    /// [`EngineError::MissingToken`] if the vocabulary lacks one.
    pub(super) fn new(
        manifest: &ModelManifest,
        tokenizer: &Tokenizer,
    ) -> Result<Self, EngineError> {
        let kind = match &manifest.prompt {
            PromptTemplate::Sentinel(tokens) => {
                Kind::Sentinel(SentinelIds::new(tokens, tokenizer)?)
            }
            PromptTemplate::FillInTheMiddle(tokens) => Kind::FillInTheMiddle {
                prefix: tokenizer.id_of(&tokens.prefix)?,
                suffix: tokenizer.id_of(&tokens.suffix)?,
                middle: tokenizer.id_of(&tokens.middle)?,
            },
            PromptTemplate::Plain => Kind::Plain,
        };
        let decoder_start = manifest.special_tokens.decoder_start;
        Ok(Self { kind, architecture: manifest.architecture, decoder_start })
    }

    /// The most tokens that a rendered prompt has besides the code.
    pub(super) fn n_special(&self) -> usize {
        match &self.kind {
            Kind::Sentinel(ids) => {
                1 + [ids.start, ids.end, ids.unknown_language].iter().flatten().count()
            }
            // The three of the template, and one that starts the text.
            Kind::FillInTheMiddle { .. } => 4,
            Kind::Plain => 1,
        }
    }

    /// Whether the model sees the code after the cursor.
    pub(super) fn shows_suffix(&self) -> bool {
        !matches!(self.kind, Kind::Plain)
    }

    /// Puts the tokens in order: the model's input, and the tokens that the decoder is fed first.
    pub(super) fn render(
        &self,
        prompt: &Prompt,
        prefix: &[TokenId],
        suffix: &[TokenId],
    ) -> (Vec<TokenId>, Vec<TokenId>) {
        match &self.kind {
            Kind::Sentinel(ids) => {
                let sentinel = ids.of_mode(prompt.mode);
                let output = ids.sentinel_in_output.then_some(sentinel);
                let start = [self.decoder_start.unwrap_or(0)].into_iter().chain(output).collect();
                (ids.render(prompt, sentinel, prefix, suffix), start)
            }
            Kind::FillInTheMiddle { prefix: before, suffix: after, middle } => {
                let start = self.decoder_start.as_slice();
                ([start, &[*before], prefix, &[*after], suffix].concat(), vec![*middle])
            }
            Kind::Plain if self.architecture == Architecture::EncoderDecoder => {
                (prefix.to_vec(), vec![self.decoder_start.unwrap_or(0)])
            }
            Kind::Plain => {
                let mut input = [self.decoder_start.as_slice(), prefix].concat();
                let last = input.pop().unwrap_or(0);
                (input, vec![last])
            }
        }
    }
}

impl SentinelIds {
    fn new(tokens: &SentinelTokens, tokenizer: &Tokenizer) -> Result<Self, EngineError> {
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

    fn of_mode(&self, mode: Mode) -> TokenId {
        match mode {
            Mode::Line => self.line,
            Mode::Block => self.block,
            Mode::Free => self.free,
        }
    }

    /// The encoder's input: the code with a sentinel at the cursor.
    fn render(
        &self,
        prompt: &Prompt,
        sentinel: TokenId,
        prefix: &[TokenId],
        suffix: &[TokenId],
    ) -> Vec<TokenId> {
        let language = self.languages.get(prompt.language.name()).copied();
        let language = language.or(self.unknown_language);
        [
            self.start.as_slice(),
            language.as_slice(),
            prefix,
            &[sentinel],
            suffix,
            self.end.as_slice(),
        ]
        .concat()
    }
}
