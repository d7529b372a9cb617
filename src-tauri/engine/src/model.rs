//! [`Model`]: one loaded model, from prompt text to completion text.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use pounce_model_format::{Architecture, Dimensions, ModelManifest, TOKENIZER_FILE};

use crate::backend::device::Placement;
use crate::backend::graph::{Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::open::open;
use crate::cancel::CancelToken;
use crate::decoding::choice::Choice;
use crate::decoding::completion::RunningCompletion;
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::{Drafter, MAX_DRAFT};
use crate::decoding::generator::Generator;
use crate::decoding::prefill::PromptReader;
use crate::decoding::project::continuations::{Continuations, LineEnd};
use crate::decoding::project::indexed_tokens::IndexedTokens;
use crate::decoding::project::related_tokens::RelatedTokens;
use crate::decoding::verification_cost::VerificationCost;
use crate::error::EngineError;
use crate::generation::{FinishReason, Generation, OnStep, never_stop};
use crate::prompt::Prompt;
use crate::prompt::encoder::{EncodedPrompt, PromptEncoder};
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;
use crate::prompt::tokenizer::Tokenizer;

mod candidates;

/// The most tokens that a decoder is fed before the completion: a start and a sentinel.
const MAX_START: usize = 2;

/// A loaded model. It runs one completion at a time.
pub struct Model {
    manifest: ModelManifest,
    tokenizer: Tokenizer,
    prompt_encoder: PromptEncoder,
    graph: Box<dyn Graph>,
    reader: PromptReader,
    placement: Placement,
    related: RelatedTokens,
    /// `None` for a decoder-only model, whose lines end otherwise.
    line_end: Option<LineEnd>,
    pub(crate) verification_cost: VerificationCost,
}

impl Model {
    /// Loads the model folder `dir`, which has a manifest, a tokenizer and graphs.
    ///
    /// # Errors
    /// [`EngineError`] of any kind but those of a run, if the folder is incomplete or damaged or
    /// its files do not belong together.
    #[tracing::instrument(level = "debug", skip_all, fields(dir = %dir.display()))]
    pub fn load(runtime: &Runtime, dir: &Path, options: &LoadOptions) -> Result<Self, EngineError> {
        let manifest = ModelManifest::load(dir)?;
        // Reading the tokenizer's megabyte of JSON takes about as long as reading the weights.
        let (tokenizer, graph) = std::thread::scope(|scope| {
            let tokenizer = scope.spawn(|| Tokenizer::load(&dir.join(TOKENIZER_FILE)));
            let graph = open(runtime, dir, &manifest, options);
            (tokenizer.join().expect("loading a tokenizer does not panic"), graph)
        });
        let (tokenizer, (graph, placement)) = (tokenizer?, graph?);
        let (n_ids, vocab_size) = (tokenizer.n_ids(), manifest.dimensions.vocab_size);
        if n_ids > vocab_size {
            return Err(EngineError::Vocabulary { tokenizer: n_ids, model: vocab_size });
        }
        Ok(Self {
            prompt_encoder: PromptEncoder::new(&manifest, &tokenizer)?,
            line_end: line_end(&manifest, &tokenizer),
            reader: PromptReader::new(manifest.architecture),
            verification_cost: VerificationCost::default(),
            manifest,
            tokenizer,
            graph,
            placement,
            related: RelatedTokens::default(),
        })
    }

    /// The manifest in the model's folder.
    pub fn manifest(&self) -> &ModelManifest {
        &self.manifest
    }

    /// Where the model runs, and why not on the device that was asked for.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The token ids of the prompt that [`generate`](Self::generate) would read.
    ///
    /// # Errors
    /// [`EngineError::EmptyPrompt`] and [`EngineError::Config`], as for
    /// [`generate`](Self::generate).
    pub fn prompt_ids(
        &self,
        prompt: &Prompt,
        config: &GenerationConfig,
    ) -> Result<Vec<TokenId>, EngineError> {
        config.validate()?;
        let EncodedPrompt { mut input, start, .. } =
            self.encode_within(prompt, config, config.max_prompt_tokens)?;
        if self.manifest.architecture == Architecture::DecoderOnly {
            input.extend(start);
        }
        Ok(input)
    }

    /// Makes the next run read its whole prompt, even a beginning that the last prompt had too; for
    /// measurements.
    pub fn forget_prompt(&mut self) {
        self.reader = PromptReader::new(self.manifest.architecture);
    }

    /// Runs short completions, so that the first real one finds buffers allocated, weights in
    /// memory and threads started. Also measures the cost of draft verification.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails.
    pub fn warm_up(&mut self) -> Result<(), EngineError> {
        let prefix = "def add(a, b):\n    # adds two numbers\n    return ".repeat(8);
        let segments = Segments { prefix, ..Segments::default() };
        let prompt = Prompt { segments, mode: Mode::Free, ..Prompt::default() };
        let config = GenerationConfig { max_new_tokens: 4, ..GenerationConfig::default() };
        for _ in 0..2 {
            self.generate(&prompt, &config, &CancelToken::new(), &mut never_stop)?;
        }
        if self.graph.is_batch_invariant() {
            self.verification_cost = VerificationCost::measure(&mut *self.graph)?;
            // Measuring has overwritten the cache of a decoder-only model.
            self.reader.record_fed(0, &[]);
        }
        Ok(())
    }

    /// Reads a prompt ahead, so that the next [`generate`](Self::generate) with the same prompt
    /// need not read it. A cancelled read has no effect.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub fn prepare(
        &mut self,
        prompt: &Prompt,
        config: &GenerationConfig,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        config.validate()?;
        let config = &self.limited(config);
        let encoded = self.encode_within(prompt, config, config.max_prompt_tokens)?;
        // Tokens of the related code are kept for the completion.
        drop(self.related.of(config.related.as_ref(), &self.tokenizer));
        let _guard = self.graph.stop_on(cancel)?;
        let read = Generator::prefill(
            &mut *self.graph,
            &mut self.reader,
            &encoded.input,
            &encoded.start,
            config,
        );
        match read {
            Err(_) if cancel.is_cancelled() => Ok(()),
            read => read.map(|_| ()),
        }
    }

    /// Completes `prompt`. Calls `on_step` after every token.
    ///
    /// # Errors
    /// [`EngineError::EmptyPrompt`] if there is no code before the cursor, [`EngineError::Config`]
    /// if a field of `config` is out of range, [`EngineError::Run`] if the runtime fails.
    /// Cancelling is not an error.
    #[tracing::instrument(level = "debug", skip_all, fields(model = %self.manifest.id))]
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        config: &GenerationConfig,
        cancel: &CancelToken,
        on_step: &mut OnStep<'_>,
    ) -> Result<Generation, EngineError> {
        config.validate()?;
        let config = &self.limited(config);
        let started = Instant::now();
        let encoded = self.encode(prompt, config)?;
        let mut completion = RunningCompletion::new(&encoded, prompt, started);
        completion.timings.tokenize = started.elapsed();
        let _guard = self.graph.stop_on(cancel)?;
        let finish = match self.run(&mut completion, (prompt, &encoded), config, cancel, on_step) {
            Err(_) if cancel.is_cancelled() => FinishReason::Cancelled,
            finish => finish?,
        };
        if let (Some(recent), 1..) = (&config.recent, self.max_draft(config)) {
            recent.push(encoded.before.iter().copied(), completion.ids.iter().copied());
        }
        Ok(completion.finish(&encoded, finish))
    }

    /// Encodes the prompt, clipped further if too much of it is unread.
    fn encode(
        &self,
        prompt: &Prompt,
        config: &GenerationConfig,
    ) -> Result<EncodedPrompt, EngineError> {
        let encode = |max_tokens| self.encode_within(prompt, config, max_tokens);
        let encoded = encode(config.max_prompt_tokens)?;
        match config.max_unread_tokens {
            Some(limit) if self.reader.n_unread(&encoded.input) > limit => encode(Some(limit)),
            _ => Ok(encoded),
        }
    }

    fn encode_within(
        &self,
        prompt: &Prompt,
        config: &GenerationConfig,
        max_tokens: Option<usize>,
    ) -> Result<EncodedPrompt, EngineError> {
        self.prompt_encoder.encode(prompt, &self.tokenizer, max_tokens, &config.form)
    }

    /// `config` with lengths that the graphs allow. In a decoder-only model, prompt and completion
    /// share one sequence: the completion gets at most half of it, and the prompt the rest.
    fn limited(&self, config: &GenerationConfig) -> GenerationConfig {
        let Dimensions { max_seq_len, max_prompt_len, .. } = self.manifest.dimensions;
        let mut config = config.clone();
        config.max_new_tokens = config.max_new_tokens.min(max_seq_len.saturating_sub(MAX_START));
        if self.manifest.architecture == Architecture::DecoderOnly {
            config.max_new_tokens = config.max_new_tokens.min(max_seq_len / 2);
            let left = max_seq_len - config.max_new_tokens;
            config.max_prompt_tokens =
                Some(config.max_prompt_tokens.unwrap_or(max_prompt_len).min(left));
        }
        config
    }

    /// The most tokens in a draft; 0 if none are made.
    fn max_draft(&self, config: &GenerationConfig) -> usize {
        let is_batch_invariant = self.graph.is_batch_invariant();
        let by_default = if is_batch_invariant { MAX_DRAFT } else { 0 };
        // How near a tie is after the mixing is not known, so that runs could not be verified.
        let may_verify = is_batch_invariant || config.related.is_none();
        let may_draft = may_verify && !config.samples();
        if may_draft { config.n_draft_tokens.unwrap_or(by_default) } else { 0 }
    }

    /// What guesses the next tokens, and what makes them likelier.
    fn guesses(
        &mut self,
        (prompt, encoded): (&Prompt, &EncodedPrompt),
        config: &GenerationConfig,
    ) -> (Option<Drafter>, Option<Continuations>) {
        let project = self.related.of(config.related.as_ref(), &self.tokenizer);
        let drafter = self.drafter(encoded, config, project.clone());
        // How much a project's habits are worth was measured on lines of the embedded model alone.
        let mixes = prompt.mode == Mode::Line && !config.samples();
        let line_end = self.line_end.clone().filter(|_| mixes);
        let continuations = project.zip(line_end);
        let continuations = continuations
            .map(|(project, line_end)| Continuations::new(&encoded.before, project, line_end));
        (drafter, continuations)
    }

    fn drafter(
        &self,
        encoded: &EncodedPrompt,
        config: &GenerationConfig,
        project: Option<Arc<IndexedTokens>>,
    ) -> Option<Drafter> {
        let limit = self.max_draft(config);
        let drafter = Drafter::new(&encoded.before, &encoded.after, limit, self.verification_cost)
            .with_proposals(self.tokenize_proposals(encoded, config))
            .with_project(project);
        let drafter = match &config.recent {
            Some(recent) => drafter.with_recent(recent),
            None => drafter,
        };
        (limit > 0).then_some(drafter)
    }

    /// The proposals as this model would write them: after what it is forced to begin with, and with
    /// what ends a text, which is a new line where no code follows.
    fn tokenize_proposals(
        &self,
        encoded: &EncodedPrompt,
        config: &GenerationConfig,
    ) -> Vec<Vec<TokenId>> {
        let forced = String::from_utf8_lossy(&encoded.forced);
        let tokenize = |proposal: &String| match self.manifest.special_tokens.end.first() {
            Some(end) if !encoded.after.is_empty() => {
                let text = self.tokenizer.encode(&format!("{forced}{proposal}"));
                [&text[..], &[*end]].concat()
            }
            _ => self.tokenizer.encode(&format!("{forced}{proposal}\n")),
        };
        config.proposals.iter().map(tokenize).collect()
    }

    /// Reads the prompt and generates tokens until the completion ends.
    fn run(
        &mut self,
        completion: &mut RunningCompletion,
        (prompt, encoded): (&Prompt, &EncodedPrompt),
        config: &GenerationConfig,
        cancel: &CancelToken,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, EngineError> {
        if completion.is_complete() {
            return Ok(FinishReason::Stop);
        }
        let (drafter, continuations) = self.guesses((prompt, encoded), config);
        let Self { manifest, tokenizer, graph, reader, .. } = self;
        let reading = Instant::now();
        let EncodedPrompt { input, start, .. } = encoded;
        let generator =
            Generator::prefill_with(&mut **graph, reader, (input, start), config, drafter)?;
        completion.n_read_tokens = generator.n_read();
        if completion.n_read_tokens > 0 {
            completion.timings.encode = reading.elapsed();
        }
        let end = &manifest.special_tokens.end;
        let decoding = DecodingLoop { tokenizer, end, config, cancel };
        let generator = generator.with_continuations(continuations);
        decoding.run(completion, generator, on_step)
    }
}

/// Decodes until a completion ends.
struct DecodingLoop<'m> {
    tokenizer: &'m Tokenizer,
    /// The tokens that end a text.
    end: &'m [TokenId],
    config: &'m GenerationConfig,
    cancel: &'m CancelToken,
}

impl DecodingLoop<'_> {
    fn run(
        &self,
        completion: &mut RunningCompletion,
        mut generator: Generator<'_>,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, EngineError> {
        while completion.ids.len() < self.config.max_new_tokens {
            if self.cancel.is_cancelled() {
                return Ok(FinishReason::Cancelled);
            }
            let choice = completion.next(&mut generator, self.tokenizer)?;
            if let Some(finish) = self.accept(completion, choice) {
                return Ok(finish);
            }
            if on_step(&completion.step()).is_break() {
                return Ok(FinishReason::Yielded);
            }
        }
        Ok(FinishReason::Length)
    }

    /// Appends a token. Returns why the completion ends there, if it does.
    fn accept(&self, completion: &mut RunningCompletion, choice: Choice) -> Option<FinishReason> {
        completion.record(choice);
        let is_end = self.end.contains(&choice.token);
        let finish = match is_end && !self.config.ignore_eos {
            true => Some(FinishReason::Stop),
            false => completion.push(self.tokenizer.bytes(choice.token)),
        };
        finish.filter(|_| !self.config.ignore_eos)
    }
}

/// What ends a line that an encoder-decoder model has completed.
fn line_end(manifest: &ModelManifest, tokenizer: &Tokenizer) -> Option<LineEnd> {
    let ends = manifest.architecture == Architecture::EncoderDecoder;
    let end = *manifest.special_tokens.end.first().filter(|_| ends)?;
    let ids = 0..tokenizer.n_ids() as TokenId;
    let begins_line = ids.map(|id| tokenizer.bytes(id).starts_with(b"\n")).collect();
    Some(LineEnd { begins_line, end })
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("id", &self.manifest.id).finish_non_exhaustive()
    }
}
