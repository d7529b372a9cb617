//! The log: one file a day in the data folder, kept for a week, and standard error. Its level follows the settings
//! while the app runs; `POUNCE_LOG` overrules them, in the notation of `tracing-subscriber`'s `EnvFilter`.
//!
//! Other libraries log warnings only, whatever the variable says: below that, `tokenizers` logs the text that it reads,
//! and GTK, D-Bus and the web view see content that a log must not hold.

mod private_appender;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use pounce_service::settings::LogLevel;
use tracing::{Level, Metadata, Subscriber};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use private_appender::PrivateAppender;

/// The variable that overrules the settings.
const VARIABLE: &str = "POUNCE_LOG";

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
        let (file, worker, problem) = match PrivateAppender::open(folder) {
            Ok(appender) => {
                let (writer, worker) = tracing_appender::non_blocking(appender);
                (Some(fmt::layer().with_ansi(false).with_writer(writer)), Some(worker), None)
            }
            Err(error) => (None, None, Some(error)),
        };
        let console =
            fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
        let subscriber = without_content(filter).with(console).with(file);
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

/// What passes `filter`, without the details of other libraries.
fn without_content(
    filter: impl Layer<Registry> + Send + Sync,
) -> impl Subscriber + for<'a> LookupSpan<'a> + Send + Sync {
    tracing_subscriber::registry().with(filter).with(filter_fn(is_free_of_content))
}

/// Whether a record comes from this program, whose crates are all named after it, or is a warning or an error.
fn is_free_of_content(record: &Metadata<'_>) -> bool {
    record.target().starts_with("pounce") || *record.level() <= Level::WARN
}

/// What is logged at `level`, unless the variable says otherwise.
fn filter(level: LogLevel) -> EnvFilter {
    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(directives(level)))
}

fn directives(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "warn,pounce=info",
        LogLevel::Debug => "warn,pounce=debug",
        LogLevel::Trace => "warn,pounce=trace",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

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

    /// A log in memory.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged, of records of a library and of this program, where the variable holds `directives`.
    fn logged(directives: &str) -> String {
        let memory = Memory::default();
        let writer = memory.clone();
        let layer = fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let subscriber = without_content(EnvFilter::new(directives)).with(layer);
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "tokenizers::tokenizer::normalizer", "char 'hunter2'");
            tracing::debug!(target: "zbus::connection", "body hunter2");
            tracing::info!(target: "hyper", "sent hunter2");
            tracing::warn!(target: "gtk", "a warning");
            tracing::trace!(target: "pounce_engine::prompt", "encoded");
        });
        let bytes = memory.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_variable_has_libraries_log_what_they_read() {
        let variables =
            ["trace", "tokenizers=trace", "info,zbus=debug,tokenizers::tokenizer=trace,hyper=info"];
        for variable in variables {
            let log = logged(variable);
            assert!(!log.contains("hunter2"), "{variable}: a copied word is in the log: {log}");
        }
        let log = logged("trace");
        assert!(log.contains("encoded"), "this program is logged in detail: {log}");
        assert!(log.contains("a warning"), "and the warnings of libraries: {log}");
    }
}
