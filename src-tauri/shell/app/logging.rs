//! The log: one file a day in the data folder, kept for a week, and standard error. Its level follows the settings
//! while the app runs; `POUNCE_LOG` overrules them, in the notation of `tracing-subscriber`'s `EnvFilter`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pounce_service::settings::LogLevel;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// The variable that overrules the settings.
const VARIABLE: &str = "POUNCE_LOG";
/// How many files, one for each day, are kept.
const N_FILES: usize = 7;

/// The running log. Dropping it writes the rest.
pub(crate) struct Logging {
    filter: reload::Handle<EnvFilter, Registry>,
    _worker: Option<WorkerGuard>,
}

/// Where the log is written.
pub(crate) fn folder(data: &Path) -> PathBuf {
    data.join("logs")
}

impl Logging {
    /// Starts the log in `folder`. If the folder cannot be written, standard error says so and is the only log.
    ///
    /// # Errors
    /// If this process logs already.
    pub(crate) fn start(folder: &Path) -> anyhow::Result<Self> {
        let (filter, handle) = reload::Layer::new(filter(LogLevel::Info));
        let (file, worker, problem) = match appender(folder) {
            Ok(appender) => {
                let (writer, worker) = tracing_appender::non_blocking(appender);
                (Some(fmt::layer().with_ansi(false).with_writer(writer)), Some(worker), None)
            }
            Err(error) => (None, None, Some(error)),
        };
        let console =
            fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
        let subscriber = tracing_subscriber::registry().with(filter).with(console).with(file);
        subscriber.try_init().context("the log cannot be started twice")?;
        if let Some(error) = problem {
            tracing::warn!(folder = %folder.display(), %error, "the log is not written to the disk");
        }
        Ok(Self { filter: handle, _worker: worker })
    }

    /// Sets the level of everything logged from now on.
    pub(crate) fn set_level(&self, level: LogLevel) {
        if let Err(error) = self.filter.reload(filter(level)) {
            tracing::warn!(%error, "the log level cannot be changed");
        }
    }
}

fn appender(folder: &Path) -> anyhow::Result<RollingFileAppender> {
    std::fs::create_dir_all(folder)?;
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("pounce")
        .filename_suffix("log")
        .max_log_files(N_FILES);
    Ok(appender.build(folder)?)
}

/// What is logged at `level`. Other libraries log warnings only: GTK, D-Bus and the web view see content that a log must
/// not hold.
fn filter(level: LogLevel) -> EnvFilter {
    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(directives(level)))
}

fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => {
            "warn,pounce=info,pounce_shell=info,pounce_service=info,pounce_engine=info"
        }
        LogLevel::Debug => {
            "warn,pounce=debug,pounce_shell=debug,pounce_service=debug,pounce_engine=debug"
        }
        LogLevel::Trace => {
            "warn,pounce=trace,pounce_shell=trace,pounce_service=trace,pounce_engine=trace"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [LogLevel; 5] =
        [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug, LogLevel::Trace];

    #[test]
    fn every_level_can_be_read() {
        for level in LEVELS {
            let read = EnvFilter::builder().parse(directives(level));
            assert!(read.is_ok(), "{level:?} is a filter: {read:?}");
        }
    }

    #[test]
    fn libraries_are_quiet_below_warnings() {
        for level in [LogLevel::Info, LogLevel::Debug, LogLevel::Trace] {
            assert!(directives(level).starts_with("warn,"), "{level:?} is about this program only");
        }
    }
}
