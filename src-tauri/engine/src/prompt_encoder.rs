//! [`PromptEncoder`]: from a [`Prompt`] to the token ids that a model is fed, by the template in
//! its manifest.
//!
//! Prefix, suffix and completion are tokenized each on its own, as in training. Clipping keeps the
//! tokens next to the cursor. Healing takes back the last token of the prefix where a longer one
//! might have stood.

use std::collections::HashMap;

use pounce_model_format::{Architecture, FimTokens, ModelManifest, PromptTemplate, SentinelTokens};

use crate::error::EngineError;
use crate::graph::TokenId;
use crate::healing::Healing;
use crate::prompt::{Mode, Prompt};
use crate::tokenizer::Tokenizer;

/// At most one part in this many of the prompt is suffix, as in the embedded model's training.
const SUFFIX_SHARE: usize = 3;

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

/// A [`PromptTemplate`] with ids instead of texts.
#[derive(Debug)]
enum Template {
    Sentinel(SentinelIds),
    FillInTheMiddle { prefix: TokenId, suffix: TokenId, middle: TokenId },
    Plain,
}

#[derive(Debug)]
struct SentinelIds {
    start: Option<TokenId>,
    end: Option<TokenId>,
    line: TokenId,
    block: TokenId,
    free: TokenId,
    languages: HashMap<String, TokenId>,
    unknown_language: Option<TokenId>,
    sentinel_in_output: bool,
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

/// The tokens on both sides of the cursor.
struct CodeTokens {
    prefix: Vec<TokenId>,
    suffix: Vec<TokenId>,
    forced: Vec<u8>,
    is_clipped: bool,
}

impl CodeTokens {
    /// Keeps the `budget` tokens next to the cursor, a third of them suffix at most. The prefix
    /// loses a multiple of `step`.
    fn clip(&mut self, budget: usize, step: usize) {
        let n_before = self.prefix.len() + self.suffix.len();
        self.suffix.truncate(budget / SUFFIX_SHARE);
        let n_prefix = self.prefix.len().min(budget - self.suffix.len());
        let n_dropped = (self.prefix.len() - n_prefix).next_multiple_of(step);
        self.prefix.drain(..n_dropped.min(self.prefix.len().saturating_sub(1)));
        self.is_clipped |= self.prefix.len() + self.suffix.len() < n_before;
    }
}

impl Template {
    /// Tokens beside the code.
    fn n_special(&self) -> usize {
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

    fn shows_suffix(&self) -> bool {
        !matches!(self, Self::Plain)
    }
}

fn fim_template(tokens: &FimTokens, tokenizer: &Tokenizer) -> Result<Template, EngineError> {
    Ok(Template::FillInTheMiddle {
        prefix: tokenizer.id_of(&tokens.prefix)?,
        suffix: tokenizer.id_of(&tokens.suffix)?,
        middle: tokenizer.id_of(&tokens.middle)?,
    })
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

    fn render(
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

/// The last `max_bytes` of `text`, from the start of a line if one is near.
fn text_end(text: &str, max_bytes: usize) -> &str {
    let Some(start) = text.len().checked_sub(max_bytes) else { return text };
    let start = text.ceil_char_boundary(start);
    let line = text[start..].find('\n').filter(|n| *n < max_bytes / 2).unwrap_or(0);
    &text[start + line..]
}

/// The first `max_bytes` of `text`.
fn text_start(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes.min(text.len()))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_on_characters_and_lines() {
        assert_eq!(
            text_end("abc\ndefghijkl", 12),
            "\ndefghijkl",
            "from the line that starts nearby"
        );
        assert_eq!(text_end("ééé", 3), "é", "a character is never split");
        assert_eq!(text_end("ab", 5), "ab");
        assert_eq!(text_start("ééé", 3), "é");
        assert_eq!(text_start("ab", 5), "ab");
    }

    #[test]
    fn clipping_keeps_what_is_next_to_the_cursor() {
        let check =
            |n_prefix: u32, n_suffix: u32, budget, kept_prefix: &[u32], kept_suffix: &[u32]| {
                let mut code = CodeTokens {
                    prefix: (0..n_prefix).collect(),
                    suffix: (100..100 + n_suffix).collect(),
                    forced: Vec::new(),
                    is_clipped: false,
                };
                code.clip(budget, 1);
                assert_eq!(
                    (code.prefix.as_slice(), code.suffix.as_slice()),
                    (kept_prefix, kept_suffix),
                    "{budget} of {n_prefix} and {n_suffix}"
                );
                assert_eq!(
                    code.is_clipped,
                    kept_prefix.len() + kept_suffix.len() < (n_prefix + n_suffix) as usize
                );
            };
        check(3, 2, 9, &[0, 1, 2], &[100, 101]);
        check(9, 0, 4, &[5, 6, 7, 8], &[]);
        check(9, 9, 6, &[5, 6, 7, 8], &[100, 101]);
        check(9, 1, 6, &[4, 5, 6, 7, 8], &[100]);
        check(1, 9, 6, &[0], &[100, 101]);
    }

    #[test]
    fn clipping_in_steps_keeps_the_beginning_while_a_prefix_grows() {
        let first_kept = |n_prefix: u32| {
            let mut code = CodeTokens {
                prefix: (0..n_prefix).collect(),
                suffix: Vec::new(),
                forced: Vec::new(),
                is_clipped: false,
            };
            code.clip(32, 4);
            assert!(code.prefix.len() <= 32, "{n_prefix} tokens do not go beyond the budget");
            assert_eq!(code.prefix.last(), Some(&(n_prefix - 1)), "the cursor's token stays");
            code.prefix[0]
        };
        let found: Vec<u32> = [32, 33, 36, 37, 40, 41].into_iter().map(first_kept).collect();
        assert_eq!(found, [0, 4, 4, 8, 8, 12], "four tokens are written before it moves");
    }
}
