//! `pounce convert`: converts a checkpoint into a model folder, with a progress bar on a terminal.

use std::path::PathBuf;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use pounce_convert::{ConvertOptions as Options, Progress, Step};
use pounce_model_format::Quantization;

use crate::interruption::Interruption;
use crate::output::say;

#[derive(Debug, Args)]
pub(crate) struct ConvertOptions {
    /// The checkpoint's folder (config.json, weights, tokenizer), or a .gguf file
    pub(crate) checkpoint: PathBuf,
    /// The model folder to write
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// How to store the weights
    #[arg(long, value_enum, default_value_t)]
    pub(crate) quantize: Quantization,
    /// The model's id; the name of the output folder if left out
    #[arg(long)]
    pub(crate) id: Option<String>,
    /// The longest prompt the model was trained on, in tokens; the checkpoint's if left out
    #[arg(long)]
    pub(crate) max_prompt_len: Option<usize>,
}

/// Converts a checkpoint.
///
/// # Errors
/// One line that names the tensor, the file or the key that does not fit.
pub(crate) fn run(options: &ConvertOptions) -> anyhow::Result<()> {
    let mut bar = Bar::new()?;
    let id = options.id.clone().or_else(|| Some(options.out.file_name()?.to_str()?.to_owned()));
    let to = Options {
        quantization: options.quantize,
        id,
        max_prompt_len: options.max_prompt_len,
        ..Options::default()
    };
    let manifest = pounce_convert::convert(&options.checkpoint, &options.out, &to, &mut bar)?;
    bar.bar.finish_and_clear();
    let size: u64 = manifest.files.values().map(|file| file.size_bytes).sum();
    say!("{} in {}: {:.1} MB", manifest.id, options.out.display(), size as f64 / 1e6);
    Ok(())
}

/// Shows the bytes read in each step, and ends the conversion at Ctrl+C. Hidden if standard error is no
/// terminal.
struct Bar {
    bar: ProgressBar,
    interruption: Interruption,
}

impl Bar {
    fn new() -> anyhow::Result<Self> {
        let style =
            ProgressStyle::with_template("{msg:<16} {wide_bar} {bytes}/{total_bytes} {eta}");
        let bar = ProgressBar::no_length().with_style(style.expect("the template is valid"));
        Ok(Self { bar, interruption: Interruption::watch()? })
    }
}

impl Progress for Bar {
    fn begin(&mut self, step: Step, total_bytes: u64) {
        self.bar.reset();
        self.bar.set_length(total_bytes);
        self.bar.set_message(step.to_string());
    }

    fn advance(&mut self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn is_cancelled(&self) -> bool {
        self.interruption.is_pressed()
    }
}
