//! [`Paths`]: the files and folders that Pounce reads and writes.

use std::env;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

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

impl Paths {
    /// The user's folders by the platform's convention, unless the environment overrides them.
    pub fn find() -> Self {
        let platform = ProjectDirs::from("", "", "pounce");
        let or_temporary =
            |dir: Option<&Path>| dir.map_or_else(|| env::temp_dir().join("pounce"), Path::to_owned);
        let data = variable(DATA_VARIABLE)
            .unwrap_or_else(|| or_temporary(platform.as_ref().map(ProjectDirs::data_local_dir)));
        let config = variable(CONFIG_VARIABLE)
            .unwrap_or_else(|| or_temporary(platform.as_ref().map(ProjectDirs::config_dir)));
        let models = match env::var_os(MODELS_VARIABLE) {
            Some(dirs) => env::split_paths(&dirs).collect(),
            None => default_models(&data),
        };
        Self { data, config, models }
    }

    /// All folders below `dir`, for tests and portable installations.
    pub fn under(dir: &Path) -> Self {
        Self {
            data: dir.join("data"),
            config: dir.join("config"),
            models: vec![dir.join("models")],
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
/// package or, in a build of the repository, in `models` above the binary or above the sources that
/// cargo runs it from.
fn default_models(data: &Path) -> Vec<PathBuf> {
    let mut dirs = vec![data.join("models")];
    let Ok(binary) = env::current_exe() else { return dirs };
    if let Some(folder) = binary.parent() {
        dirs.push(folder.join("../lib/pounce/models"));
    }
    let sources = variable("CARGO_MANIFEST_DIR");
    let above = binary.ancestors().skip(1).chain(sources.iter().flat_map(|dir| dir.ancestors()));
    let above = above.map(|folder| folder.join("models"));
    dirs.extend(above.filter(|models| models.join("catalog.json").is_file()).take(1));
    dirs
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
