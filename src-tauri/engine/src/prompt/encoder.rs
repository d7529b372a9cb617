//! [`PromptEncoder`]: from a [`Prompt`] to the token ids that a model is fed, by the template in
//! its manifest.
//!
//! Prefix, suffix and completion are tokenized each on its own, as in training. Clipping keeps the
//! tokens next to the cursor. Healing takes back the last token of the prefix where a longer one
//! might have stood.

use pounce_model_format::{Architecture, ModelManifest, PromptTemplate};

use crate::backend::graph::TokenId;
use crate::error::EngineError;
use crate::prompt::Prompt;
use crate::prompt::context::{CodeTokens, text_end, text_start};
use crate::prompt::healing::Healing;
use crate::prompt::template::{SentinelIds, Template, fim_template};
use crate::prompt::tokenizer::Tokenizer;

/// A prefix that is clipped in steps loses one part in this many more than it has to, at most.
const CLIP_STEPS: usize = 8;

/// Only so many bytes a token are tokenized at all: the longest tokens of the embedded vocabulary
/// have 24, the average is 3.6, so a clipped text still fills the prompt.
const MAX_BYTES_PER_TOKEN: usize = 24;

/// A prompt as the network reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EncodedPrompt {
    /// What the encoder reads, or what a decoder-only model reads before it writes.
    pub(crate) input: Vec<TokenId>,
    /// What the decoder is fed first; its last token is followed by the completion. Never empty.
    pub(crate) start: Vec<TokenId>,
    /// The code that the model sees before the cursor.
    pub(crate) before: Vec<TokenId>,
    /// The code that it sees after the cursor.
    pub(crate) after: Vec<TokenId>,
    /// Bytes that the completion has to begin with: they were taken off the prefix.
    pub(crate) forced: Vec<u8>,
    /// Whether anything of the prompt was left out.
    pub(crate) is_clipped: bool,
}

/// Renders prompts for one model.
#[derive(Debug)]
pub(crate) struct PromptEncoder {
    template: Template,
    healing: Healing,
    max_prompt_len: usize,
    max_seq_len: usize,
    decoder_start: Option<TokenId>,
    architecture: Architecture,
}

impl PromptEncoder {
    /// Resolves the tokens of a manifest's template.
    ///
    /// # Errors
    /// [`EngineError::MissingToken`] if the vocabulary lacks one.
    pub(crate) fn new(
        manifest: &ModelManifest,
        tokenizer: &Tokenizer,
    ) -> Result<Self, EngineError> {
        let template = match &manifest.prompt {
            PromptTemplate::Sentinel(tokens) => {
                Template::Sentinel(SentinelIds::new(tokens, tokenizer)?)
            }
            PromptTemplate::FillInTheMiddle(tokens) => fim_template(tokens, tokenizer)?,
            PromptTemplate::Plain => Template::Plain,
        };
        Ok(Self {
            template,
            healing: Healing::new(tokenizer),
            max_prompt_len: manifest.dimensions.max_prompt_len,
            max_seq_len: manifest.dimensions.max_seq_len,
            decoder_start: manifest.special_tokens.decoder_start,
            architecture: manifest.architecture,
        })
    }

    /// Tokenizes, heals, clips and renders.
    ///
    /// `max_tokens` limits the whole prompt; `None` is what the model was trained on.
    ///
    /// # Errors
    /// [`EngineError::EmptyPrompt`] if there is no code before the cursor.
    pub(crate) fn encode(
        &self,
        prompt: &Prompt,
        tokenizer: &Tokenizer,
        max_tokens: Option<usize>,
    ) -> Result<EncodedPrompt, EngineError> {
        if prompt.segments.is_blank() {
            return Err(EngineError::EmptyPrompt);
        }
        let limit = max_tokens.unwrap_or(self.max_prompt_len).min(self.max_seq_len);
        let budget = limit.saturating_sub(self.template.n_special()).max(1);
        let code = self.tokenize(prompt, tokenizer, budget);
        Ok(self.render(prompt, code))
    }

    fn tokenize(&self, prompt: &Prompt, tokenizer: &Tokenizer, budget: usize) -> CodeTokens {
        let max_bytes = budget * MAX_BYTES_PER_TOKEN;
        let segments = &prompt.segments;
        let near_prefix = text_end(&segments.prefix, max_bytes);
        let near_suffix =
            if self.template.shows_suffix() { text_start(&segments.suffix, max_bytes) } else { "" };
        let mut code = CodeTokens {
            prefix: tokenizer.encode(near_prefix),
            suffix: tokenizer.encode(near_suffix),
            forced: Vec::new(),
            is_clipped: near_prefix.len() < segments.prefix.len()
                || near_suffix.len() < segments.suffix.len() && self.template.shows_suffix(),
        };
        code.forced = self.healing.heal(&mut code.prefix, tokenizer);
        code.clip(budget, self.clip_step(budget));
        code
    }

    /// A decoder that has the beginning of a prompt in its cache need not read it again, as long
    /// as it stays the beginning: so a long prefix is clipped in steps, not token by token.
    fn clip_step(&self, budget: usize) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder => 1,
            Architecture::DecoderOnly => (budget / CLIP_STEPS).max(1),
        }
    }

    fn render(&self, prompt: &Prompt, code: CodeTokens) -> EncodedPrompt {
        let CodeTokens { prefix, suffix, forced, is_clipped } = code;
        let (before, after) = (prefix.clone(), suffix.clone());
        let (input, start) = match &self.template {
            Template::Sentinel(ids) => {
                ids.render(prompt, prefix, suffix, self.decoder_start.unwrap_or(0))
            }
            Template::FillInTheMiddle { prefix: before, suffix: after, middle } => {
                let before = self.decoder_start.into_iter().chain([*before]);
                let input = before.chain(prefix).chain([*after]).chain(suffix).collect();
                (input, vec![*middle])
            }
            Template::Plain if self.architecture == Architecture::EncoderDecoder => {
                (prefix, vec![self.decoder_start.unwrap_or(0)])
            }
            Template::Plain => {
                let mut input: Vec<_> = self.decoder_start.into_iter().chain(prefix).collect();
                let last = input.pop().unwrap_or(0);
                (input, vec![last])
            }
        };
        EncodedPrompt { input, start, before, after, forced, is_clipped }
    }
}
