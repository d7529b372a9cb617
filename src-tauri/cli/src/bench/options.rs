//! [`BenchOptions`]: the arguments of `pounce bench`.

use clap::Args;

use crate::model_options::ModelOptions;

#[derive(Debug, Args)]
pub(crate) struct BenchOptions {
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    /// Prompt lengths to measure, in tokens
    #[arg(long, value_delimiter = ',', default_values_t = [16, 64, 256, 512])]
    pub(crate) contexts: Vec<usize>,
    /// Tokens to generate for the total
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) tokens: u32,
    /// Measured repetitions of each length
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repetitions: u32,
    /// The most tokens to draft and verify in one run; 0 is off [default: as many as pay off, if
    /// drafts are exact]
    #[arg(long)]
    pub(crate) drafts: Option<usize>,
    /// Answer requests on standard input instead, for `make bench`
    #[arg(long, hide = true, conflicts_with = "json")]
    pub(crate) serve: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}
