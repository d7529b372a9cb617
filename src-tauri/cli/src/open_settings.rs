//! [`OpenSettings`]: the settings file, for a command that shows or changes it.

use pounce_service::Paths;
use pounce_service::settings::{Settings, SettingsFile};

/// The settings as they were read, which a command may change and save.
pub(crate) struct OpenSettings {
    pub(crate) settings: Settings,
    read: Settings,
    file: SettingsFile,
}

impl OpenSettings {
    /// Reads the settings file, and says on standard error what is wrong with it.
    ///
    /// # Errors
    /// If the folder of the settings cannot be found.
    pub(crate) fn open() -> anyhow::Result<Self> {
        Ok(Self::read(&Paths::find()?))
    }

    /// Reads the settings file in these folders.
    pub(crate) fn read(paths: &Paths) -> Self {
        let file = SettingsFile::new(&paths.settings_file());
        let loaded = file.load();
        if let Some(problem) = loaded.problem {
            eprintln!("pounce: {problem}");
        }
        Self { read: loaded.settings.clone(), settings: loaded.settings, file }
    }

    /// Writes what was changed into the file, and says where one is kept that could not be read.
    ///
    /// # Errors
    /// What is wrong with the settings, or that the file cannot be written.
    pub(crate) fn save(self) -> anyhow::Result<()> {
        let saved = self.file.save(&self.read, &self.settings)?;
        if let Some(aside) = saved.kept_aside {
            eprintln!("pounce: the old settings file is kept as {}", aside.display());
        }
        Ok(())
    }
}
