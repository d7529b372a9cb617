//! [`Arguments`]: the command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use pounce_engine::{DEFAULT_CURSOR_MARKER, Device, InstructionSet, Language, Mode};

use crate::invocation::Window;
use crate::models::ModelsCommand;
use crate::remote::RemoteCommand;

/// Completes code anywhere: copy a snippet, press a hotkey, paste its completion.
#[derive(Debug, Parser)]
#[command(name = "pounce", version, arg_required_else_help = false)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the tray app (also without any command)
    Start,
    /// Complete a file or standard input in the terminal
    Complete(CompleteOptions),
    /// Measure encode, first token, tokens and totals on this machine
    Bench(BenchOptions),
    /// Measure quality on a file of {language, prefix, suffix, target} lines
    Eval(EvalOptions),
    /// Convert a checkpoint of Hugging Face (T5, Llama, Qwen2) or a GGUF file into fused ONNX graphs
    Convert(ConvertOptions),
    /// Which models there are; installing and removing them
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Engines on other machines, asked only if you turn them on; `complete --model` takes them too
    #[command(subcommand)]
    Remote(RemoteCommand),
    /// Have the running app complete the clipboard, as the hotkey does
    Trigger {
        /// How much to complete; the setting decides if it is left out
        #[arg(long)]
        mode: Option<ModeArgument>,
    },
    /// Open a window of the running app
    Show {
        /// Which one
        window: Window,
    },
    /// Have the running app put back what the clipboard held before
    Undo,
    /// Have the running app put its last completion on the clipboard
    CopyLast,
    /// Print the metrics of the running app
    Stats,
    /// End the running app
    Quit,
}

/// Which model to load, and how.
#[derive(Debug, Args)]
pub(crate) struct ModelOptions {
    /// A model's id, or its folder
    #[arg(long, default_value = "pounce-50m")]
    pub(crate) model: String,
    /// Threads of one run; 0 takes what was measured best here, else the cores up to four
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    pub(crate) threads: u16,
    /// Have ONNX Runtime run what kernels of Pounce's own could run as well, to compare the two
    #[arg(long)]
    pub(crate) only_onnx: bool,
    /// The instructions of Pounce's own kernels, to compare them; the fastest if it is left out
    #[arg(long, hide = true, conflicts_with = "only_onnx")]
    pub(crate) instructions: Option<InstructionSet>,
    /// What to compute on; the processor where a GPU cannot be used
    #[arg(long, value_enum, default_value_t)]
    pub(crate) device: DeviceArgument,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceArgument {
    /// The processor
    #[default]
    Cpu,
    /// An NVIDIA GPU
    Cuda,
}

impl From<DeviceArgument> for Device {
    fn from(device: DeviceArgument) -> Self {
        match device {
            DeviceArgument::Cpu => Self::Cpu,
            DeviceArgument::Cuda => Self::Cuda,
        }
    }
}

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
    /// How much to complete
    #[arg(long, value_enum, default_value_t)]
    pub(crate) mode: ModeArgument,
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
    /// The most tokens to guess and check in one run; 0 is off [default: as many as pay, where that is exact]
    #[arg(long)]
    pub(crate) drafts: Option<usize>,
    /// Answer requests on standard input instead: what `make bench` compares other programs with
    #[arg(long, hide = true, conflicts_with = "json")]
    pub(crate) serve: bool,
    /// Print one JSON object instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

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

#[derive(Debug, Args)]
pub(crate) struct ConvertOptions {
    /// The checkpoint's folder (config.json, weights, tokenizer), or a .gguf file
    pub(crate) checkpoint: PathBuf,
    /// The model folder to write
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// How to store the weights
    #[arg(long, value_enum, default_value_t)]
    pub(crate) quantize: QuantizeArgument,
    /// The model's id; the name of the output folder if left out
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The longest prompt the model was trained on, in tokens; the checkpoint's if left out
    #[arg(long)]
    pub(crate) max_prompt_len: Option<usize>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArgument {
    /// The rest of the line
    #[default]
    Line,
    /// Lines until the indentation falls
    Block,
    /// Until the model ends
    Free,
}

impl From<ModeArgument> for Mode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Line => Self::Line,
            ModeArgument::Block => Self::Block,
            ModeArgument::Free => Self::Free,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum QuantizeArgument {
    /// 32-bit floats
    None,
    /// 8-bit integers
    #[default]
    Int8,
    /// 4-bit integers in the decoder, 8-bit elsewhere
    Int4,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_command_starts_the_app_and_zero_tokens_are_refused() {
        let parse = |line: &str| Arguments::try_parse_from(line.split_whitespace());
        assert!(parse("pounce").unwrap().command.is_none(), "the plain command is the tray app");
        let message = parse("pounce complete --max-tokens 0").unwrap_err().to_string();
        assert!(message.contains("--max-tokens"), "{message}");
    }
}
