//! The app under test: [`Home`], the folders of one user, and [`App`], a process started in it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::menu::Menu;
use crate::patience::{wait_for, wait_until};
use crate::session::desktop::Desktop;
use crate::session::process::Process;

/// The built binary.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_pounce");

/// A home folder with the models in it, in which the app is started once or several times.
pub(crate) struct Home {
    folder: TempDir,
    /// Additional variables in the app's environment.
    variables: Vec<(&'static str, String)>,
}

/// A running app; dropping it ends it.
pub(crate) struct App<'a> {
    pub(crate) desktop: &'a Desktop,
    home: &'a Home,
    process: Process,
}

impl Home {
    /// A home as after the first start: the models have been measured, so that nothing but requests
    /// occupies them. Deadlines are long: on a busy machine a request may take its time, and speed
    /// is not what is tested.
    pub(crate) fn new() -> Self {
        Self::with_settings(json!({}))
    }

    /// As [`Self::new`], with these settings added.
    pub(crate) fn with_settings(mut settings: Value) -> Self {
        let home = Self::installed();
        settings["version"] = json!(2);
        // Every notice is shown, so that scenarios see when a request has ended.
        let desktop = settings["desktop"].take();
        settings["desktop"] = json!({ "notices": "all" });
        for (name, value) in desktop.as_object().into_iter().flatten() {
            settings["desktop"][name] = value.clone();
        }
        settings["deadlines"] = json!({ "target_ms": 10_000, "maximum_ms": 20_000 });
        let config = home.path().join("config/pounce");
        fs::create_dir_all(&config).expect("the folder is ours");
        fs::write(config.join("settings.jsonc"), settings.to_string()).expect("the folder is ours");
        home
    }

    /// A home as after the first start, with the default settings.
    pub(crate) fn installed() -> Self {
        let home = Self::fresh();
        let data = home.path().join("data/pounce");
        fs::create_dir_all(&data).expect("the folder is ours");
        fs::write(data.join("calibration.json"), r#"{"at_ms": 1, "rows": []}"#)
            .expect("the folder is ours");
        home
    }

    /// A home in which the app was never started.
    pub(crate) fn fresh() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder"), variables: Vec::new() }
    }

    /// Adds a variable to the app's environment.
    pub(crate) fn with_variable(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Installs a copy of the bundled model under the id `id`, as a user would.
    pub(crate) fn install_model(&self, id: &str) {
        self.link_model("models", id);
    }

    /// A folder with a model that is not installed yet.
    pub(crate) fn download_model(&self, id: &str) -> PathBuf {
        self.link_model("downloads", id)
    }

    fn link_model(&self, folder: &str, id: &str) -> PathBuf {
        let (from, to) = (bundled_model(), self.path().join(folder).join(id));
        fs::create_dir_all(&to).expect("the folder is ours");
        for entry in fs::read_dir(&from).expect("the bundled model can be read").flatten() {
            std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name()))
                .expect("the folder is ours");
        }
        let manifest = to.join("manifest.json");
        let text = fs::read_to_string(&manifest).expect("the model has a manifest");
        fs::remove_file(&manifest).expect("the link is ours");
        fs::write(&manifest, text.replace("\"pounce-50m\"", &format!("{id:?}")))
            .expect("the folder is ours");
        to
    }

    /// The text of the settings file; empty if there is none.
    pub(crate) fn settings(&self) -> String {
        fs::read_to_string(self.path().join("config/pounce/settings.jsonc")).unwrap_or_default()
    }

    /// The app's command line in this home.
    pub(crate) fn command(&self, desktop: &Desktop, arguments: &[&str]) -> Command {
        let mut command = desktop.command(BINARY, self.path());
        self.equip(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a program and its children the environment of this home.
    pub(crate) fn equip(&self, command: &mut Command) {
        let bundled = bundled_model();
        let folders = [
            self.path().join("models"),
            bundled.parent().expect("a model is in a folder").to_owned(),
        ];
        command.env(
            "POUNCE_MODELS_DIR",
            std::env::join_paths(folders).expect("no colon in our paths"),
        );
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }

    /// Runs the app's command line to its end.
    pub(crate) fn run(&self, desktop: &Desktop, arguments: &[&str]) -> Output {
        self.command(desktop, arguments).output().expect("the binary can be run")
    }

    /// Starts the app and waits until its model is warm.
    pub(crate) fn start<'a>(&'a self, desktop: &'a Desktop, arguments: &[&str]) -> App<'a> {
        let app = self.spawn(desktop, arguments);
        self.wait_until_warm(desktop);
        app
    }

    /// Starts the app.
    pub(crate) fn spawn<'a>(&'a self, desktop: &'a Desktop, arguments: &[&str]) -> App<'a> {
        desktop.notices.clear();
        let log = File::create(self.path().join("app.log")).expect("the folder is ours");
        let mut command = self.command(desktop, arguments);
        command.stdout(Stdio::null()).stderr(log);
        App { desktop, home: self, process: Process::start(command) }
    }

    /// Waits until a model of the running app is in memory.
    pub(crate) fn wait_until_warm(&self, desktop: &Desktop) {
        wait_until("a warm model", || {
            let stats = self.run(desktop, &["stats"]).stdout;
            String::from_utf8_lossy(&stats).contains("pounce_model_resident_bytes{")
        });
    }

    /// The running app's metrics, as they are printed.
    pub(crate) fn stats(&self, desktop: &Desktop) -> String {
        String::from_utf8_lossy(&self.run(desktop, &["stats"]).stdout).into_owned()
    }

    /// A number of the running app's metrics, by its name and labels as they are printed; `None` if
    /// it is not printed.
    pub(crate) fn stat(&self, desktop: &Desktop, name: &str) -> Option<f64> {
        self.stats(desktop)
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// How many requests of the embedded model went through `stage`.
    pub(crate) fn stage_count(&self, desktop: &Desktop, stage: &str) -> u64 {
        let name = format!("pounce_stage_seconds_count{{model=\"pounce-50m\",stage=\"{stage}\"}}");
        self.stat(desktop, &name).map_or(0, |count| count as u64)
    }

    /// Whether an app runs in this home: only a running app holds the lock file.
    pub(crate) fn is_running(&self, desktop: &Desktop) -> bool {
        let lock = self.path().join("run/pounce/lock");
        let lock = lock.display().to_string();
        desktop.tool("flock", &["--nonblock", &lock, "echo", "free"]) != "free"
    }

    /// What the app has written on standard error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("app.log")).unwrap_or_default()
    }
}

impl App<'_> {
    pub(crate) fn menu(&self) -> Menu<'_> {
        Menu::find(self.desktop, self.id())
    }

    /// Ends the app by `pounce quit` and returns its exit status.
    pub(crate) fn quit(mut self) -> ExitStatus {
        self.home.run(self.desktop, &["quit"]);
        wait_for("the end of the app", || self.process.ended())
    }

    pub(crate) fn kill(mut self) {
        self.process.kill();
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for App<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the app's log:\n{}", self.home.log());
        }
    }
}

/// The model that comes with the app.
fn bundled_model() -> PathBuf {
    let models = std::env::var_os("POUNCE_MODELS_DIR").map(PathBuf::from);
    let models = models.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    let model = models.join("pounce-50m");
    assert!(
        model.join("manifest.json").is_file(),
        "{} holds no model; it is part of the repository",
        model.display()
    );
    fs::canonicalize(model).expect("it was just opened")
}
