//! Starting with the desktop: an entry in the user's autostart folder, which `auto-launch` writes and removes.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context as _;
use auto_launch::AutoLaunchBuilder;

/// Makes the app start with the desktop, or not.
///
/// # Errors
/// If the entry cannot be written or removed.
pub(crate) fn set(is_wanted: bool) -> anyhow::Result<()> {
    let program = program(std::env::var_os("APPIMAGE"), std::env::current_exe().ok());
    let program = program.context("the path of the program is not known")?;
    let entry = AutoLaunchBuilder::new().set_app_name("pounce").set_app_path(&program).build()?;
    match (is_wanted, entry.is_enabled()?) {
        // Written anew also where it exists: the program may have moved.
        (true, _) => entry.enable().context("the autostart entry cannot be written"),
        (false, true) => entry.disable().context("the autostart entry cannot be removed"),
        (false, false) => Ok(()),
    }
}

/// What to start: an AppImage is itself the program; what runs out of it lies in a folder that is gone tomorrow.
fn program(app_image: Option<OsString>, binary: Option<PathBuf>) -> Option<String> {
    let program = app_image.filter(|path| !path.is_empty()).or(binary.map(Into::into))?;
    program.into_string().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_image_starts_itself() {
        let cases = [
            (None, Some("/usr/bin/pounce"), Some("/usr/bin/pounce")),
            (
                Some("/home/a/Pounce.AppImage"),
                Some("/tmp/.mount/pounce"),
                Some("/home/a/Pounce.AppImage"),
            ),
            (Some(""), Some("/usr/bin/pounce"), Some("/usr/bin/pounce")),
            (None, None, None),
        ];
        for (app_image, binary, expected) in cases {
            let found = program(app_image.map(Into::into), binary.map(Into::into));
            assert_eq!(found.as_deref(), expected, "AppImage {app_image:?}, binary {binary:?}");
        }
    }
}
