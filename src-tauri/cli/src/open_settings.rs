//! [`open_settings`]: the settings file, for a command that shows or changes it.

use pounce_service::Paths;
use pounce_service::settings::{Settings, SettingsFile};

/// Reads the settings file, and says on standard error what is wrong with it.
///
/// # Errors
/// If the folder of the settings cannot be found.
pub(crate) fn open_settings() -> anyhow::Result<(SettingsFile, Settings)> {
    let file = SettingsFile::new(&Paths::find()?.settings_file());
    let loaded = file.load();
    if let Some(problem) = loaded.problem {
        eprintln!("pounce: {problem}");
    }
    Ok((file, loaded.settings))
}
