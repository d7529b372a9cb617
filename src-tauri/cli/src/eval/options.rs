//! [`EvalOptions`]: the arguments of `pounce eval`.

use std::path::PathBuf;

use clap::Args;

use crate::model_options::ModelOptions;

#[derive(Debug, Args)]
pub(crate) struct EvalOptions {
    /// The cases, one JSON object a line
    pub(crate) cases: PathBuf,
    /// The cases are snippets that stand alone: {prefix, suffix, accepted} lines in files named
    /// after their language, or a folder of such files
    #[arg(long)]
    pub(crate) snippets: bool,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Use only the first cases of a file
    #[arg(long)]
    pub(crate) limit: Option<usize>,
    /// The most prompt tokens; the model's own limit if left out
    #[arg(long)]
    pub(crate) max_prompt_tokens: Option<usize>,
    /// The most tokens to guess and check in one run, compared with none; 0 is off [default: as many as pay]
    #[arg(long)]
    pub(crate) drafts: Option<usize>,
    /// Let the language be guessed instead of taking the case's
    #[arg(long)]
    pub(crate) detect_language: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}
