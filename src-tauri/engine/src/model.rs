//! [`Model`]: everything of one loaded model, from prompt text to completion text.

use std::path::Path;
use std::time::Instant;

use pounce_model_format::{Architecture, Dimensions, ModelManifest};

use crate::backend::device::Placement;
use crate::backend::graph::{Graph, TokenId};
use crate::backend::load_options::LoadOptions;
use crate::backend::onnx_runtime::runtime::Runtime;
use crate::backend::open::open;
use crate::cancel::CancelToken;
use crate::decoding::completion::Run;
use crate::decoding::config::GenerationConfig;
use crate::decoding::draft::{Drafter, MAX_GUESSES};
use crate::decoding::generator::Generator;
use crate::decoding::prefill::PromptReader;
use crate::decoding::stop::{FinishReason, StopCriteria};
use crate::decoding::verification_cost::WidthCost;
use crate::error::EngineError;
use crate::generation::{Generation, OnStep};
use crate::prompt::Prompt;
use crate::prompt::encoder::{EncodedPrompt, PromptEncoder};
use crate::prompt::mode::Mode;
use crate::prompt::segments::Segments;
use crate::prompt::tokenizer::Tokenizer;

/// Tokens that a completion begins with, at most: a start and a sentinel.
const MAX_START: usize = 2;

/// A loaded model. It serves one completion at a time and belongs to one thread at a time.
pub struct Model {
    manifest: ModelManifest,
    tokenizer: Tokenizer,
    prompt_encoder: PromptEncoder,
    graph: Box<dyn Graph>,
    reader: PromptReader,
    placement: Placement,
    pub(crate) width_cost: WidthCost,
}

impl Model {
    /// Loads the model folder `dir`: manifest, tokenizer, graphs.
    ///
    /// # Errors
    /// Any [`EngineError`] but those of a run, for a folder that is incomplete, damaged or does
    /// not fit together.
    #[tracing::instrument(level = "debug", skip_all, fields(dir = %dir.display()))]
    pub fn load(runtime: &Runtime, dir: &Path, options: &LoadOptions) -> Result<Self, EngineError> {
        let manifest = ModelManifest::load(dir)?;
        // The tokenizer's megabyte of JSON and the graphs' weights take about as long: read both at once.
        let (tokenizer, graph) = std::thread::scope(|scope| {
            let tokenizer = scope.spawn(|| Tokenizer::load(&dir.join("tokenizer.json")));
            let graph = open(runtime, dir, &manifest, options);
            (tokenizer.join().expect("loading a tokenizer does not panic"), graph)
        });
        let (graph, placement) = graph?;
        Ok(Self { placement, ..Self::new(manifest, tokenizer?, graph)? })
    }

    /// Puts a model together from parts.
    pub(crate) fn new(
        manifest: ModelManifest,
        tokenizer: Tokenizer,
        graph: Box<dyn Graph>,
    ) -> Result<Self, EngineError> {
        let (known, width) = (tokenizer.n_ids(), manifest.dimensions.vocab_size);
        if known > width {
            return Err(EngineError::Vocabulary { tokenizer: known, model: width });
        }
        let prompt_encoder = PromptEncoder::new(&manifest, &tokenizer)?;
        let reader = PromptReader::new(manifest.architecture);
        let (placement, width_cost) = (Placement::default(), WidthCost::default());
        Ok(Self { manifest, tokenizer, prompt_encoder, graph, reader, placement, width_cost })
    }

    /// What the model's folder says of it.
    pub fn manifest(&self) -> &ModelManifest {
        &self.manifest
    }

    /// What it runs on, and why not on the device that was asked for.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The tokens of `text`, as this model counts them.
    pub fn count_tokens(&self, text: &str) -> usize {
        self.tokenizer.encode(text).len()
    }

    /// The ids that [`generate`](Self::generate) would read: the encoder's input, or what a
    /// decoder-only model goes on from.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate), before any run.
    pub fn prompt_ids(
        &self,
        prompt: &Prompt,
        config: &GenerationConfig,
    ) -> Result<Vec<TokenId>, EngineError> {
        config.validate()?;
        let EncodedPrompt { mut input, start, .. } =
            self.prompt_encoder.encode(prompt, &self.tokenizer, config.max_prompt_tokens)?;
        if self.manifest.architecture == Architecture::DecoderOnly {
            input.extend(start);
        }
        Ok(input)
    }

    /// Has the next prompt read whole, even where it begins like the last: for measurements.
    pub fn forget_prompt(&mut self) {
        self.reader = PromptReader::new(self.manifest.architecture);
    }

    /// Runs a short completion, so that the first real one finds buffers allocated, weights in
    /// memory and threads started. What further tokens of a run cost is measured for the drafts.
    ///
    /// # Errors
    /// [`EngineError::Run`] if the runtime fails.
    pub fn warm_up(&mut self) -> Result<(), EngineError> {
        let prefix = "def add(a, b):\n    # adds two numbers\n    return ".repeat(8);
        let prompt = Prompt {
            segments: Segments { prefix, ..Segments::default() },
            mode: Mode::Free,
            ..Prompt::default()
        };
        let config = GenerationConfig { max_new_tokens: 4, ..GenerationConfig::default() };
        for _ in 0..2 {
            self.generate(
                &prompt,
                &config,
                &CancelToken::new(),
                &mut crate::generation::to_the_end,
            )?;
        }
        if self.graph.has_exact_wide_runs() {
            self.width_cost = WidthCost::measure(&mut *self.graph)?;
        }
        Ok(())
    }

    /// Reads a prompt ahead: a [`generate`](Self::generate) of the same prompt that follows need
    /// not read it again. A cancelled read is forgotten.
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
        let config = &self.fit(config);
        let encoded =
            self.prompt_encoder.encode(prompt, &self.tokenizer, config.max_prompt_tokens)?;
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

    /// Completes `prompt`. `on_step` is called after every token.
    ///
    /// # Errors
    /// [`EngineError::EmptyPrompt`] if there is no code before the cursor,
    /// [`EngineError::Config`] if a field of `config` is out of range, [`EngineError::Run`] if the
    /// runtime fails. Cancelling is no error.
    #[tracing::instrument(level = "debug", skip_all, fields(model = %self.manifest.id))]
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        config: &GenerationConfig,
        cancel: &CancelToken,
        on_step: &mut OnStep<'_>,
    ) -> Result<Generation, EngineError> {
        config.validate()?;
        let config = &self.fit(config);
        let started = Instant::now();
        let encoded = self.encode(prompt, config)?;
        let mut run = Run::new(&encoded, StopCriteria::new(prompt.mode, &prompt.segments), started);
        run.timings.tokenize = started.elapsed();
        let _guard = self.graph.stop_on(cancel)?;
        let finish = match self.run(&mut run, &encoded, config, cancel, on_step) {
            Err(_) if cancel.is_cancelled() => FinishReason::Cancelled,
            finish => finish?,
        };
        if let (Some(recent), 1..) = (&config.recent, self.n_draft_tokens(config)) {
            recent.note(encoded.before.iter().copied(), run.ids.iter().copied());
        }
        Ok(run.finish(&encoded, finish))
    }

    /// The prompt's tokens; fewer of them where there is no time to read them all.
    fn encode(
        &self,
        prompt: &Prompt,
        config: &GenerationConfig,
    ) -> Result<EncodedPrompt, EngineError> {
        let encode = |max_tokens| self.prompt_encoder.encode(prompt, &self.tokenizer, max_tokens);
        let encoded = encode(config.max_prompt_tokens)?;
        match config.max_unread_tokens {
            Some(limit) if self.reader.n_unread(&encoded.input) > limit => encode(Some(limit)),
            _ => Ok(encoded),
        }
    }

    /// No completion is longer than the model can write. Prompt and completion of a decoder-only model share one
    /// sequence: the completion gets half of it at most, and the prompt what is left.
    fn fit(&self, config: &GenerationConfig) -> GenerationConfig {
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

    /// How many tokens may be guessed at once.
    fn n_draft_tokens(&self, config: &GenerationConfig) -> usize {
        let by_default = if self.graph.has_exact_wide_runs() { MAX_GUESSES } else { 0 };
        if config.samples() { 0 } else { config.n_draft_tokens.unwrap_or(by_default) }
    }

    fn drafter(&self, encoded: &EncodedPrompt, config: &GenerationConfig) -> Option<Drafter> {
        let limit = self.n_draft_tokens(config);
        let drafter = Drafter::new(&encoded.before, &encoded.after, limit, self.width_cost);
        let drafter = match &config.recent {
            Some(recent) => drafter.with_recent(recent),
            None => drafter,
        };
        (limit > 0).then_some(drafter)
    }

    fn run(
        &mut self,
        run: &mut Run,
        encoded: &EncodedPrompt,
        config: &GenerationConfig,
        cancel: &CancelToken,
        on_step: &mut OnStep<'_>,
    ) -> Result<FinishReason, EngineError> {
        let drafter = self.drafter(encoded, config);
        let Self { manifest, tokenizer, graph, reader, .. } = self;
        let reading = Instant::now();
        let generator =
            Generator::prefill(&mut **graph, reader, &encoded.input, &encoded.start, config)?;
        let mut generator = generator.with_drafts(drafter);
        run.n_read_tokens = generator.n_read();
        // A known prompt is not read again: the stage did not run.
        if run.n_read_tokens > 0 {
            run.timings.encode = reading.elapsed();
        }
        while run.ids.len() < config.max_new_tokens {
            if cancel.is_cancelled() {
                return Ok(FinishReason::Cancelled);
            }
            let token = run.next(&mut generator, tokenizer)?;
            if !config.ignore_eos && manifest.special_tokens.end.contains(&token) {
                return Ok(FinishReason::Stop);
            }
            match run.push(tokenizer.bytes(token)) {
                Some(finish) if !config.ignore_eos => return Ok(finish),
                _ => {}
            }
            if on_step(&run.step()).is_break() {
                return Ok(FinishReason::Yielded);
            }
        }
        Ok(FinishReason::Length)
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("id", &self.manifest.id).finish_non_exhaustive()
    }
}
