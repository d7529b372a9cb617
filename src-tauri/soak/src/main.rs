//! `pounce-soak`: hours of use in minutes, with faults.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use pounce_service::Paths;
use pounce_soak::{SoakModels, SoakOptions};

/// Hours of use in minutes: random snippets, cancellations, faults
#[derive(Debug, Parser)]
struct Arguments {
    /// How long
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// What runs: fakes of known speed, or the installed models
    #[arg(long, value_enum, default_value_t)]
    models: SoakModels,
    /// Clients at a time
    #[arg(long, default_value_t = 3)]
    clients: usize,
    /// Seed of all random choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pounce-soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Soaks and prints the report.
///
/// # Errors
/// If anything was left unanswered, came too late or leaked; the report says what.
fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let duration = Duration::from_secs_f64(arguments.minutes * 60.0);
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let paths = Paths { models: Paths::find()?.models, ..Paths::under(folder.path()) };
    let options = SoakOptions {
        models: arguments.models,
        seed: arguments.seed,
        n_clients: arguments.clients,
        ..SoakOptions::new(duration, paths)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bar = progress_bar(duration);
    let report = runtime.block_on(pounce_soak::run(options, &mut |progress| {
        bar.set_position(progress.elapsed.as_secs());
        bar.set_message(format!(
            "{} requests, {} MB",
            progress.n_requests,
            progress.process_bytes / 1_000_000
        ));
    }));
    bar.finish_and_clear();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    if !report.is_ok() {
        bail!("the soak found a fault: see the report");
    }
    Ok(())
}

fn progress_bar(duration: Duration) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} s  {msg}")
        .expect("the template is valid");
    ProgressBar::new(duration.as_secs()).with_style(style)
}
