//! [`Arguments`]: the command line, parsed by clap.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use pounce_engine::Mode;

use crate::bench::BenchOptions;
use crate::complete::CompleteOptions;
use crate::convert::ConvertOptions;
use crate::eval::EvalOptions;
use crate::invocation::Window;
use crate::models::ModelsCommand;
use crate::projects::ProjectsCommand;
use crate::remote::RemoteCommand;
use crate::serve::ServeOptions;

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
    /// Convert a checkpoint of Hugging Face (T5, Llama, Qwen2) or a GGUF file into fused ONNX
    /// graphs
    Convert(ConvertOptions),
    /// List, install and remove models
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Engines on other machines, asked only if you turn them on; `complete --model` takes them too
    #[command(subcommand)]
    Remote(RemoteCommand),
    /// Folders with code of yours, in which snippets are looked for
    #[command(subcommand)]
    Projects(ProjectsCommand),
    /// Answer other programs, such as editors, over HTTP without the tray app
    Serve(ServeOptions),
    /// Have the running app complete the clipboard, as the hotkey does
    Trigger {
        /// How much to complete; the setting decides if it is left out
        #[arg(long)]
        mode: Option<Mode>,
    },
    /// Open a window of the running app
    Show {
        /// Which one
        window: Window,
    },
    /// Have the running app put the next candidate on the clipboard, as pressing the hotkey again does
    Next,
    /// Have the running app put back what the clipboard held before
    Undo,
    /// Have the running app put its last completion on the clipboard
    CopyLast,
    /// Print the metrics of the running app
    Stats,
    /// End the running app
    Quit,
    /// Print a script that completes this command line in a shell
    Completions {
        /// Which one
        shell: Shell,
    },
    /// Write the manual pages, for packages
    #[command(hide = true)]
    Man {
        /// The folder to write to
        folder: PathBuf,
    },
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
