//! [`Paths`]: the files and folders that Pounce reads and writes.

use std::env;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use pounce_model_format::repository;

use crate::catalog::ModelId;
use crate::storage;

/// The environment variable that overrides the data folder.
pub const DATA_VARIABLE: &str = "POUNCE_DATA_DIR";
/// The environment variable that overrides the folder of the settings.
pub const CONFIG_VARIABLE: &str = "POUNCE_CONFIG_DIR";
/// The environment variable that overrides the models folders, separated as in `PATH`.
pub const MODELS_VARIABLE: &str = "POUNCE_MODELS_DIR";

/// The folders of one user; files in them by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Measurements, metrics, downloads and, if the user has turned that on, the cache.
    pub data: PathBuf,
    /// The folder of the settings file.
    pub config: PathBuf,
    /// Folders whose sub-folders are models. New models are installed in the first.
    pub models: Vec<PathBuf>,
}

/// The user has no home folder for the data or the settings.
#[derive(Debug, thiserror::Error)]
#[error("the user has no home folder: set {variable} to a folder that only the user may write")]
pub struct NoHomeFolder {
    /// The environment variable that can name another folder.
    variable: &'static str,
}

impl Paths {
    /// The user's folders by the platform's convention, unless the environment overrides them.
    ///
    /// # Errors
    /// [`NoHomeFolder`] if the user has none and the environment names no other: a folder that all
    /// users share is none for what they copy.
    pub fn find() -> Result<Self, NoHomeFolder> {
        Self::of(ProjectDirs::from("", "", "pounce").as_ref(), variable)
    }

    /// `home` has the platform's folders, `None` without a home folder; `named` reads the environment.
    fn of(
        home: Option<&ProjectDirs>,
        named: impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, NoHomeFolder> {
        let folder = |variable: &'static str, of_home: fn(&ProjectDirs) -> &Path| {
            let of_home = || home.map(|home| of_home(home).to_owned());
            named(variable).or_else(of_home).ok_or(NoHomeFolder { variable })
        };
        let data = folder(DATA_VARIABLE, ProjectDirs::data_local_dir)?;
        let config = folder(CONFIG_VARIABLE, ProjectDirs::config_dir)?;
        let models = match env::var_os(MODELS_VARIABLE) {
            Some(dirs) => env::split_paths(&dirs).collect(),
            None => default_models(&data),
        };
        Ok(Self { data, config, models })
    }

    /// All folders below `dir`, for tests and portable installations.
    pub fn under(dir: &Path) -> Self {
        Self {
            data: dir.join("data"),
            config: dir.join("config"),
            models: vec![dir.join("models")],
        }
    }

    /// Keeps other users out of the folders of data and settings, which earlier versions left
    /// readable by all.
    pub fn make_private(&self) {
        for dir in [&self.data, &self.config].into_iter().filter(|dir| dir.is_dir()) {
            if let Err(error) = storage::make_private(dir) {
                tracing::warn!(folder = %dir.display(), %error, "other users may read it");
            }
        }
    }

    /// What the user has changed of the settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.jsonc")
    }

    /// Speed and memory of the models, as measured on this machine.
    pub fn profile_file(&self) -> PathBuf {
        self.data.join("profile.json")
    }

    /// Which models met the target when they were last measured.
    pub fn calibration_file(&self) -> PathBuf {
        self.data.join("calibration.json")
    }

    /// How many completions were kept: counts without text.
    pub fn kept_file(&self) -> PathBuf {
        self.data.join("kept.json")
    }

    /// What an assessment of a model that has not ended has shown so far.
    pub fn assessment_file(&self, model: &ModelId) -> PathBuf {
        self.data.join("assessments").join(format!("{model}.json"))
    }

    /// The metrics in Prometheus' text format, as they were last written.
    pub fn metrics_file(&self) -> PathBuf {
        self.data.join("metrics.prom")
    }

    /// Downloaded files whose model is not installed yet, complete or not.
    pub fn downloads_dir(&self) -> PathBuf {
        self.data.join("downloads")
    }

    /// Checksums of downloaded files, where the catalogue has none.
    pub fn checksum_lock_file(&self) -> PathBuf {
        self.data.join("pins.json")
    }

    /// The cache of completions, if the user has turned on keeping it.
    pub fn cache_file(&self) -> PathBuf {
        self.data.join("cache.json")
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The user's own models, then those that came with the program: in the library folder of a Debian
/// package or, in a build of the repository, in its folder `models`.
fn default_models(data: &Path) -> Vec<PathBuf> {
    let own = data.join("models");
    let program = env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let packaged = folder.map(|folder| folder.join("../lib/pounce/models"));
    let built = repository::of_this_build().map(|folder| folder.join("models"));
    [Some(own), packaged, built].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_folders_can_be_below_one() {
        let paths = Paths::under(Path::new("/x"));
        assert_eq!(paths.settings_file(), Path::new("/x/config/settings.jsonc"));
        assert_eq!(paths.profile_file(), Path::new("/x/data/profile.json"));
        assert_eq!(paths.models, [Path::new("/x/models")]);
    }

    #[test]
    fn without_a_home_folder_the_environment_has_to_name_others() {
        let found = |named: &[&str]| {
            Paths::of(None, |name| named.contains(&name).then(|| Path::new("/own").join(name)))
        };
        let check = |named: &[&str], missing: &str| {
            let message = found(named).unwrap_err().to_string();
            assert!(message.contains(&format!("set {missing} to")), "{named:?}: {message}");
        };
        check(&[], DATA_VARIABLE);
        check(&[CONFIG_VARIABLE], DATA_VARIABLE);
        check(&[DATA_VARIABLE], CONFIG_VARIABLE);
        let paths = found(&[DATA_VARIABLE, CONFIG_VARIABLE]).unwrap();
        assert_eq!(paths.data, Path::new("/own/POUNCE_DATA_DIR"), "as named");
        assert_eq!(paths.config, Path::new("/own/POUNCE_CONFIG_DIR"), "as named");
    }

    #[test]
    fn the_users_models_come_before_bundled_ones() {
        let dirs = default_models(Path::new("/data"));
        assert_eq!(
            dirs[0],
            Path::new("/data/models"),
            "a model that the user installs replaces the bundled one"
        );
        let bundled = dirs.last().unwrap();
        assert!(
            bundled.join("catalog.json").is_file(),
            "a build finds the repository's models, wherever cargo puts it: {}",
            bundled.display()
        );
    }
}
