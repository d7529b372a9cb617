//! [`PromptEncoder`]: from a [`Prompt`] to the token ids that a model is fed.
//!
//! Prefix, suffix and completion are tokenized separately, as in training. Healing takes the last
//! token off the prefix if a longer one could have stood there, clipping keeps the tokens next to
//! the cursor, and the template of the model's manifest puts them in order.

use pounce_model_format::{Architecture, ModelManifest};

use crate::backend::graph::TokenId;
use crate::error::EngineError;
use crate::prompt::Prompt;
use crate::prompt::context::{Context, text_end, text_start};
use crate::prompt::form::PromptForm;
use crate::prompt::healing::Healing;
use crate::prompt::template::Template;
use crate::prompt::tokenizer::Tokenizer;

/// A long prefix is clipped by multiples of 1/CLIP_STEPS of the token budget; see
/// [`PromptEncoder::clip_step`].
const CLIP_STEPS: usize = 8;

/// At most this many bytes are tokenized for each token of the budget. The longest tokens of the
/// embedded vocabulary have 24 bytes and the average one 3.6, so the clipped text still fills the
/// prompt.
const MAX_BYTES_PER_TOKEN: usize = 24;

/// A prompt as the network reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EncodedPrompt {
    /// Tokens for the encoder, or those that a decoder-only model reads before `start`.
    pub(crate) input: Vec<TokenId>,
    /// Tokens that the decoder is fed before it writes the completion; at least one.
    pub(crate) start: Vec<TokenId>,
    /// The code before the cursor that the model sees.
    pub(crate) before: Vec<TokenId>,
    /// The code after the cursor that the model sees.
    pub(crate) after: Vec<TokenId>,
    /// Bytes that healing took off the prefix; the completion has to begin with them.
    pub(crate) forced: Vec<u8>,
    /// Whether a part of the prompt was left out.
    pub(crate) is_clipped: bool,
}

/// Encodes prompts for one model.
#[derive(Debug)]
pub(crate) struct PromptEncoder {
    template: Template,
    healing: Healing,
    architecture: Architecture,
    /// Tokens of the longest prompt that the model was trained on.
    max_prompt_len: usize,
    /// Tokens of the longest prompt that the graphs accept.
    max_seq_len: usize,
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
        Ok(Self {
            template: Template::new(manifest, tokenizer)?,
            healing: Healing::new(tokenizer),
            architecture: manifest.architecture,
            max_prompt_len: manifest.dimensions.max_prompt_len,
            max_seq_len: manifest.dimensions.max_seq_len,
        })
    }

    /// Encodes `prompt` in this form, as at most `max_tokens` tokens; `None` allows as many as the
    /// model was trained on.
    ///
    /// # Errors
    /// [`EngineError::EmptyPrompt`] if there is no code before the cursor.
    pub(crate) fn encode(
        &self,
        prompt: &Prompt,
        tokenizer: &Tokenizer,
        max_tokens: Option<usize>,
        form: &PromptForm,
    ) -> Result<EncodedPrompt, EngineError> {
        if prompt.segments.is_blank() {
            return Err(EngineError::EmptyPrompt);
        }
        let limit = max_tokens.unwrap_or(self.max_prompt_len).min(self.max_seq_len);
        let heading = tokenizer.encode(&form.heading(prompt.language));
        let budget = limit.saturating_sub(self.template.n_special() + heading.len()).max(1);
        let (context, forced) = self.tokenize(prompt, tokenizer, budget, form);
        let Context { prefix: before, suffix: after, is_clipped } = context;
        let (input, start) =
            self.template.render(prompt, &[&heading[..], &before].concat(), &after);
        Ok(EncodedPrompt { input, start, before, after, forced, is_clipped })
    }

    /// The clipped tokens around the cursor, and the bytes that the completion has to begin with.
    fn tokenize(
        &self,
        prompt: &Prompt,
        tokenizer: &Tokenizer,
        budget: usize,
        form: &PromptForm,
    ) -> (Context, Vec<u8>) {
        let prefix = prompt.segments.prefix.as_str();
        let suffix = if self.template.shows_suffix() { form.suffix(prompt) } else { "" };
        let max_bytes = budget * MAX_BYTES_PER_TOKEN;
        let (near_prefix, near_suffix) =
            (text_end(prefix, max_bytes), text_start(suffix, max_bytes));
        let mut context = Context {
            prefix: tokenizer.encode(near_prefix),
            suffix: tokenizer.encode(near_suffix),
            is_clipped: near_prefix.len() < prefix.len() || near_suffix.len() < suffix.len(),
        };
        let forced = self.healing.heal(&mut context.prefix, tokenizer);
        let max_prefix = form.max_prefix_tokens.unwrap_or(budget).min(budget);
        context.clip(budget, max_prefix, self.clip_step(max_prefix));
        (context, forced)
    }

    /// The number of tokens that clipping drops at once.
    ///
    /// A decoder-only model does not read the beginning of a prompt again that its cache holds.
    /// Dropping many tokens at once keeps the beginning the same while the user types on.
    fn clip_step(&self, budget: usize) -> usize {
        match self.architecture {
            Architecture::EncoderDecoder => 1,
            Architecture::DecoderOnly => (budget / CLIP_STEPS).max(1),
        }
    }
}
