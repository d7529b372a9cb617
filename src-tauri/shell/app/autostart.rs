//! Starts the app at login, by an entry in the user's autostart folder (Desktop Application Autostart Specification of
//! freedesktop.org).

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use directories::BaseDirs;

/// The entry's file name in the autostart folder.
const ENTRY: &str = "pounce.desktop";

/// Sets whether the app starts at login.
///
/// # Errors
/// If the entry cannot be written or removed.
pub(crate) fn set(is_wanted: bool) -> anyhow::Result<()> {
    let folders = BaseDirs::new().context("the home folder is not known; set HOME")?;
    let folder = folders.config_dir().join("autostart");
    if !is_wanted {
        return remove(&folder);
    }
    let program = program(std::env::var_os("APPIMAGE"), std::env::current_exe().ok());
    write(&folder, &program.context("the path of the program is not known")?)
}

/// Writes the entry, and overwrites an old one: the program may have moved.
fn write(folder: &Path, program: &str) -> anyhow::Result<()> {
    let text = format!(
        "[Desktop Entry]\nType=Application\nName=Pounce\nComment=Completes code anywhere\nExec={}\n\
         Icon=pounce\nTerminal=false\n",
        exec(program)
    );
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(ENTRY), text));
    written.with_context(|| format!("{} cannot be written", folder.join(ENTRY).display()))
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_file(folder.join(ENTRY)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error)
            .with_context(|| format!("{} cannot be removed", folder.join(ENTRY).display())),
        _ => Ok(()),
    }
}

/// A path as the value of `Exec`: quoted, then escaped as every string of a desktop entry, with `%` doubled so that it is
/// no field code (Desktop Entry Specification, "The Exec key").
fn exec(program: &str) -> String {
    let mut quoted = String::from("\"");
    for character in program.chars() {
        match character {
            '%' => quoted.push_str("%%"),
            '"' | '`' | '$' => quoted.extend(["\\\\", character.encode_utf8(&mut [0; 4])]),
            '\\' => quoted.push_str("\\\\\\\\"),
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

/// The program to start. For an AppImage it is the image itself: the binary inside lies in a temporary folder.
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

    #[test]
    fn no_path_can_break_out_of_its_entry() {
        let cases = [
            ("/usr/bin/pounce", r#""/usr/bin/pounce""#),
            ("/home/a b/Pounce", r#""/home/a b/Pounce""#),
            ("/home/100%/$a`b\"c", r#""/home/100%%/\\$a\\`b\\"c""#),
            (r"/home/a\b", r#""/home/a\\\\b""#),
        ];
        for (path, expected) in cases {
            assert_eq!(exec(path), expected, "as the specification quotes {path}");
        }
    }

    #[test]
    fn the_entry_comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("autostart");
        remove(&folder).expect("what was never there need not be removed");
        write(&folder, "/usr/bin/pounce").unwrap();
        write(&folder, "/opt/pounce").expect("it is overwritten when the program has moved");
        let text = fs::read_to_string(folder.join(ENTRY)).unwrap();
        assert!(text.contains("Exec=\"/opt/pounce\"\n"), "it starts the program: {text}");
        remove(&folder).unwrap();
        assert!(!folder.join(ENTRY).exists(), "nothing is left behind");
    }
}
