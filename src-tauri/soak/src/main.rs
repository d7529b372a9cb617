//! `pounce soak`: hours of use in minutes, with faults.

use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use pounce_service::Paths;
use pounce_service::soak::{self, SoakModels, SoakOptions};

use crate::arguments::{SoakArguments, SoakModelsArgument};
use crate::output::say;

/// Soaks and prints the report.
///
/// # Errors
/// If anything was left unanswered, came too late or leaked; the report says what.
pub(crate) fn run(arguments: &SoakArguments) -> anyhow::Result<()> {
    let duration = Duration::from_secs_f64(arguments.minutes * 60.0);
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let paths = Paths { models: Paths::find().models, ..Paths::under(folder.path()) };
    let models = match arguments.models {
        SoakModelsArgument::Fake => SoakModels::Fake,
        SoakModelsArgument::Installed => SoakModels::Installed,
    };
    let options = SoakOptions {
        models,
        seed: arguments.seed,
        n_clients: arguments.clients,
        ..SoakOptions::new(duration, paths)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bar = progress_bar(duration);
    let report = runtime.block_on(soak::run(options, &mut |progress| {
        bar.set_position(progress.elapsed.as_secs());
        bar.set_message(format!(
            "{} requests, {} MB",
            progress.n_requests,
            progress.process_bytes / 1_000_000
        ));
    }));
    bar.finish_and_clear();
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        say!("{report}");
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
