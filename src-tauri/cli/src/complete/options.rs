//! [`CompleteOptions`]: the arguments of `pounce complete`.

use std::path::PathBuf;

use clap::Args;
use pounce_engine::{DEFAULT_CURSOR_MARKER, GenerationConfig, Language, Mode, PromptForm};

use crate::model_options::ModelOptions;

#[derive(Debug, Args)]
pub(crate) struct CompleteOptions {
    /// The file to complete; - is standard input
    #[arg(default_value = "-")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// The language of the code; guessed from the file name and the code if left out
    #[arg(long)]
    pub(crate) language: Option<Language>,
    /// Look for the code in the files of this folder, and read what stands around it there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) project: Option<PathBuf>,
    /// How much to complete
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: Mode,
    /// The most tokens to generate
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) max_tokens: u32,
    /// Marks the cursor in the text; code after it is taken into account
    #[arg(long, default_value = DEFAULT_CURSOR_MARKER)]
    pub(crate) cursor: String,
    /// 0 takes the most likely token every time, more is more random
    #[arg(long, default_value_t = 0.0)]
    pub(crate) temperature: f32,
    /// Draw only from the most likely tokens that add up to this probability
    #[arg(long, default_value_t = 1.0)]
    pub(crate) top_p: f32,
    /// Start of the random series
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Print one JSON object with completion and timings instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

impl CompleteOptions {
    /// How to generate, with a model that is asked in this form.
    pub(super) fn config(&self, form: PromptForm) -> GenerationConfig {
        GenerationConfig {
            form,
            max_new_tokens: self.max_tokens as usize,
            temperature: self.temperature,
            top_p: self.top_p,
            seed: self.seed,
            ..GenerationConfig::default()
        }
    }
}
