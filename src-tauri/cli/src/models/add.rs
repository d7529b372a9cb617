//! `pounce models add`: installs a model and shows the progress, until the end or Ctrl-C.

use std::io::IsTerminal;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use pounce_model_format::Quantization;
use pounce_service::{
    Install, InstallError, InstallProgress, InstallRequest, InstallStep, Installed, Installer,
    ModelId, Profile, ThreadChoice,
};

use super::environment::{Environment, megabytes, runtime};
use super::info;
use crate::bench::BenchProcess;
use crate::output::say;

#[derive(Debug, Args)]
pub(crate) struct AddOptions {
    /// A name from `pounce models list`; a repository of Hugging Face as user/repo,
    /// user/repo@revision or user/repo:file.gguf; or ./folder, ./file.gguf
    pub(crate) source: String,
    /// What to call it; its own name if left out
    #[arg(long)]
    pub(crate) id: Option<ModelId>,
    /// How to store the weights
    #[arg(long, value_enum, default_value_t)]
    pub(crate) quantize: Quantization,
    /// Make it the default of the tray app
    #[arg(long = "use")]
    pub(crate) is_default: bool,
    /// Measure how it is asked best, which takes minutes [default: only at a terminal]
    #[arg(long, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    pub(crate) assess: Option<bool>,
    /// Trust the graphs of a converted model, which are run like a program
    #[arg(long)]
    pub(crate) trust: bool,
}

/// Installs a model.
///
/// # Errors
/// Any [`InstallError`].
pub(super) fn run(environment: &Environment, options: &AddOptions) -> anyhow::Result<ModelId> {
    let request = InstallRequest {
        id: options.id.clone(),
        quantization: Some(options.quantize),
        trusts_graphs: options.trust,
        ..InstallRequest::new(options.source.parse()?)
    };
    let runtime = runtime()?;
    let installer = environment.installer();
    let installed = match runtime.block_on(install(&installer, request.clone())) {
        Err(error @ InstallError::Untrusted { .. }) if is_trusted(&error) => {
            let request = InstallRequest { trusts_graphs: true, ..request };
            runtime.block_on(install(&installer, request))?
        }
        installed => installed?,
    };
    let environment = Environment::open()?;
    tell(&environment, &installed);
    if let Some(choice) = runtime.block_on(choose_threads(&environment, &installed.id)) {
        say!("threads: {}", info::threads_in_words(&choice));
    }
    Ok(installed.id)
}

/// Asks at a terminal whether to go on. Without one, the answer is no.
fn is_trusted(error: &InstallError) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    eprint!("{error}\nTrust it now? [y/N] ");
    let mut answer = String::new();
    let is_read = std::io::stdin().read_line(&mut answer).is_ok();
    is_read && matches!(answer.trim(), "y" | "Y" | "yes")
}

/// Times the model with several thread counts and keeps the best, unless the user has set one.
async fn choose_threads(environment: &Environment, id: &ModelId) -> Option<ThreadChoice> {
    let model =
        environment.registry.get(id).filter(|_| environment.settings().models.threads == 0)?;
    let timer = BenchProcess::of_this_program().ok()?;
    let choice = pounce_service::choose_threads(&timer, model).await?;
    let file = environment.paths.profile_file();
    let mut profile = Profile::load(&file, environment.settings().models.threads);
    profile.note_threads(model, choice.clone());
    // If it cannot be written, the installation has failed before and reported that.
    profile.save(&file).ok().map(|()| choice)
}

async fn install(
    installer: &Installer,
    request: InstallRequest,
) -> Result<Installed, InstallError> {
    let install = installer.install(request).await?;
    let id = install.id.clone();
    let watched = watch(install);
    tokio::pin!(watched);
    tokio::select! {
        end = &mut watched => return end,
        // Without the signal handler, killing the process leaves no more behind.
        Ok(()) = tokio::signal::ctrl_c() => installer.cancel(&id),
    };
    watched.await
}

async fn watch(mut install: Install) -> Result<Installed, InstallError> {
    let mut display = Display::new();
    while let Some(progress) = install.next_progress().await {
        display.show(&progress);
    }
    display.bar.finish_and_clear();
    install.end().await
}

fn tell(environment: &Environment, installed: &Installed) {
    let Installed { id, size_bytes, downloaded_bytes, .. } = installed;
    say!(
        "{id} installed: {} on the disk, {} downloaded",
        megabytes(*size_bytes),
        megabytes(*downloaded_bytes)
    );
    if !installed.pinned.is_empty() {
        say!(
            "no checksums of {} were known: they are recorded in {}, and a later download has to \
             match",
            installed.pinned.join(", "),
            installed.checksum_lock_file.display()
        );
    }
    if let Some(reason) = &installed.uncalibrated {
        say!("its speed was not measured: {reason}");
        return;
    }
    let measured = environment.registry.get(id).map(|model| environment.measured(model));
    if let Some(speed) = measured.as_ref().and_then(info::speed) {
        say!("on this machine: {speed}");
    }
}

/// Shows a progress bar on a terminal, and one line per step elsewhere.
struct Display {
    bar: ProgressBar,
    step: Option<InstallStep>,
    note: Option<String>,
}

impl Display {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{msg:<32} {wide_bar} {prefix}");
        let bar = ProgressBar::no_length().with_style(style.expect("the template is valid"));
        Self { bar, step: None, note: None }
    }

    fn show(&mut self, progress: &InstallProgress) {
        if std::io::stderr().is_terminal() {
            self.draw(progress);
        } else {
            self.write(progress);
        }
        (self.step, self.note) = (Some(progress.step), progress.note.clone());
    }

    fn draw(&self, progress: &InstallProgress) {
        let file = progress.file.as_deref().unwrap_or_default();
        let message = format!("{} {file}", progress.step.name());
        self.bar.set_message(progress.note.clone().unwrap_or(message));
        self.bar.set_length(progress.total_bytes.unwrap_or(progress.done_bytes).max(1));
        self.bar.set_position(progress.done_bytes);
        self.bar.set_prefix(figures(progress));
    }

    fn write(&self, progress: &InstallProgress) {
        if self.step != Some(progress.step) {
            let total = progress.total_bytes.map(|bytes| format!(" {}", megabytes(bytes)));
            eprintln!("{}{}", progress.step.name(), total.unwrap_or_default());
        }
        if let Some(note) = progress.note.as_ref().filter(|note| Some(*note) != self.note.as_ref())
        {
            eprintln!("{note}");
        }
    }
}

/// Bytes, speed and time left, as far as they are known.
fn figures(progress: &InstallProgress) -> String {
    let mut parts = Vec::new();
    if let Some(total) = progress.total_bytes {
        parts.push(format!("{} of {}", megabytes(progress.done_bytes), megabytes(total)));
    }
    if let Some(speed) = progress.bytes_per_second {
        parts.push(format!("{}/s", megabytes(speed)));
    }
    if let Some(left) = progress.time_left {
        parts.push(format!("{} left", clock(left)));
    }
    parts.join(", ")
}

/// `0:07`, `12:40`.
fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_that_are_known() {
        let known = InstallProgress {
            id: "m".into(),
            name: "M".to_owned(),
            step: InstallStep::Downloading,
            done_bytes: 1_500_000,
            total_bytes: Some(10_000_000),
            bytes_per_second: Some(500_000),
            time_left: Some(Duration::from_secs(67)),
            file: None,
            note: None,
        };
        assert_eq!(figures(&known), "1.5 MB of 10.0 MB, 0.5 MB/s, 1:07 left");
        let unknown =
            InstallProgress { total_bytes: None, bytes_per_second: None, time_left: None, ..known };
        assert_eq!(figures(&unknown), "");
    }
}
