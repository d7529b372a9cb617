//! Writes a checkpoint with seeded random weights, to measure conversions and graphs of a size
//! without the real model: `random_checkpoint DIR --shape codet5p-220m`, or `--shape
//! qwen2.5-coder-1.5b` for a GGUF file of a gigabyte.

use std::path::PathBuf;
use std::{fs, io};

use clap::{Parser, ValueEnum};
use support::random_checkpoint::{self, Shape};
use support::{random_llama, torch_archive};

#[path = "../tests/support/mod.rs"]
mod support;

/// Writes a checkpoint of random weights.
#[derive(Parser)]
struct Arguments {
    /// The folder to write.
    dir: PathBuf,
    /// The model whose sizes the checkpoint has.
    #[arg(long, value_enum)]
    shape: ShapeName,
    /// How to store the weights.
    #[arg(long, value_enum, default_value = "safetensors")]
    format: Format,
    /// The same seed gives the same weights.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum ShapeName {
    #[value(name = "codet5p-220m")]
    Codet5p220m,
    /// `model.gguf`, whatever the format.
    #[value(name = "qwen2.5-coder-1.5b")]
    QwenCoder1_5b,
    Tiny,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Safetensors,
    Pickle,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let shape = match arguments.shape {
        ShapeName::Codet5p220m => Shape::CODET5P_220M,
        ShapeName::QwenCoder1_5b => return write_gguf(&arguments),
        ShapeName::Tiny => Shape::TINY,
    };
    random_checkpoint::write(&arguments.dir, &shape, arguments.seed)?;
    if arguments.format == Format::Pickle {
        fs::remove_file(arguments.dir.join("model.safetensors"))?;
        let path = arguments.dir.join("pytorch_model.bin");
        torch_archive::write(&path, &shape.tensors(), arguments.seed)?;
    }
    Ok(())
}

fn write_gguf(arguments: &Arguments) -> io::Result<()> {
    let model = random_llama::Model::new(random_llama::Shape::QWEN_1_5B, arguments.seed);
    fs::create_dir_all(&arguments.dir)?;
    model.gguf().write(&arguments.dir.join("model.gguf"))
}
