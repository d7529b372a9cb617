//! [`Paths`]: the folders that the service reads and writes.

use std::env;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// Overrides the data folder: measurements, metrics, the kept cache.
pub const DATA_VARIABLE: &str = "POUNCE_DATA_DIR";
/// Overrides the folder of the settings.
pub const CONFIG_VARIABLE: &str = "POUNCE_CONFIG_DIR";
/// Overrides the models folders; several are separated as in `PATH`.
pub const MODELS_VARIABLE: &str = "POUNCE_MODELS_DIR";

/// Where things lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Measurements, metrics and, if the user wants it, the cache.
    pub data: PathBuf,
    /// The settings file's folder.
    pub config: PathBuf,
    /// Folders whose sub-folders are models; the first is where new ones are installed.
    pub models: Vec<PathBuf>,
}

impl Paths {
    /// The user's folders as the platform has them, unless the environment says otherwise.
    pub fn find() -> Self {
        let platform = ProjectDirs::from("", "", "pounce");
        let beside =
            |dir: Option<&Path>| dir.map_or_else(|| env::temp_dir().join("pounce"), Path::to_owned);
        let data = variable(DATA_VARIABLE)
            .unwrap_or_else(|| beside(platform.as_ref().map(ProjectDirs::data_local_dir)));
        let config = variable(CONFIG_VARIABLE)
            .unwrap_or_else(|| beside(platform.as_ref().map(ProjectDirs::config_dir)));
        let models = match env::var_os(MODELS_VARIABLE) {
            Some(dirs) => env::split_paths(&dirs).collect(),
            None => default_models(&data),
        };
        Self { data, config, models }
    }

    /// Everything below one folder, as tests and portable installations want it.
    pub fn under(dir: &Path) -> Self {
        Self {
            data: dir.join("data"),
            config: dir.join("config"),
            models: vec![dir.join("models")],
        }
    }

    /// The user's settings.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.jsonc")
    }

    /// What was measured of the models on this machine.
    pub fn profile_file(&self) -> PathBuf {
        self.data.join("profile.json")
    }

    /// The last text dump of the metrics.
    pub fn metrics_file(&self) -> PathBuf {
        self.data.join("metrics.prom")
    }

    /// Downloads that are not done, and what came of them until the model is installed.
    pub fn downloads_dir(&self) -> PathBuf {
        self.data.join("downloads")
    }

    /// Checksums of what was downloaded, where the catalogue knows none.
    pub fn pins_file(&self) -> PathBuf {
        self.data.join("pins.json")
    }

    /// The cache, where the user has turned on keeping it.
    pub fn cache_file(&self) -> PathBuf {
        self.data.join("cache.json")
    }
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The user's own models, then those that came with the program: beside the binary, in a Debian
/// package's library folder, or, for a build of the repository, in `models` above the binary or above the sources
/// that cargo runs it from.
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
    fn everything_can_lie_below_one_folder() {
        let paths = Paths::under(Path::new("/x"));
        assert_eq!(paths.settings_file(), Path::new("/x/config/settings.jsonc"));
        assert_eq!(paths.profile_file(), Path::new("/x/data/profile.json"));
        assert_eq!(paths.models, [Path::new("/x/models")]);
    }

    #[test]
    fn own_models_come_before_bundled_ones() {
        let dirs = default_models(Path::new("/data"));
        assert_eq!(
            dirs[0],
            Path::new("/data/models"),
            "what the user installs replaces what came along"
        );
        let bundled = dirs.last().unwrap();
        assert!(
            bundled.join("catalog.json").is_file(),
            "a build finds the repository's, wherever cargo puts it: {}",
            bundled.display()
        );
    }
}
