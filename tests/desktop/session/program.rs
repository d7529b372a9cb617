//! [`Program`]: a real editor or terminal in front, used by its keys.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;

use super::clipboard;
use super::desktop::Desktop;
use super::process::Process;
use crate::patience::wait_until;

/// A program with a window in front; dropping it ends the program.
pub(crate) struct Program<'a> {
    desktop: &'a Desktop,
    process: Process,
    /// The file that it edits or writes.
    file: PathBuf,
    _folder: TempDir,
}

impl<'a> Program<'a> {
    /// Opens `text` in the editor of this name, and waits for its window, whose class contains `class`.
    pub(crate) fn edit(desktop: &'a Desktop, editor: &[&str], class: &str, text: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("code.py");
        fs::write(&file, text).expect("the folder is ours");
        let path = file.display().to_string();
        let arguments: Vec<&str> = editor[1..].iter().copied().chain([&*path]).collect();
        Self::start(desktop, editor[0], &arguments, class, folder)
    }

    /// Opens a page, whose body is `html`, in a browser.
    pub(crate) fn browse(desktop: &'a Desktop, html: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let page = folder.path().join("page.html");
        fs::write(&page, format!("<meta charset=utf-8><title>page</title>{html}"))
            .expect("the folder is ours");
        let address = format!("--app=file://{}", page.display());
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let arguments = [
            "--no-sandbox",
            "--no-first-run",
            "--disable-gpu",
            "--ozone-platform=x11",
            // Otherwise a dialog for the keyring comes to the front.
            "--password-store=basic",
            // A page may have scripts beside it.
            "--allow-file-access-from-files",
        ];
        let arguments: Vec<&str> = arguments.into_iter().chain([&*profile, &*address]).collect();
        Self::start(desktop, "chromium", &arguments, "chromium", folder)
    }

    /// The title of the window in front.
    pub(crate) fn title(&self) -> String {
        self.desktop.tool("xdotool", &["getactivewindow", "getwindowname"])
    }

    /// Opens a terminal in which every line that is typed is written to the file.
    pub(crate) fn terminal(desktop: &'a Desktop, terminal: &[&str], class: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("code.py").display().to_string();
        let write = format!("cat > {file}");
        let arguments: Vec<&str> =
            terminal[1..].iter().copied().chain(["sh", "-c", &*write]).collect();
        let program = Self::start(desktop, terminal[0], &arguments, class, folder);
        wait_until("the terminal", || program.file.exists());
        program
    }

    fn start(
        desktop: &'a Desktop,
        program: &str,
        arguments: &[&str],
        class: &str,
        folder: TempDir,
    ) -> Self {
        let mut command = desktop.command(program, &home(folder.path()));
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(command);
        let file = folder.path().join("code.py");
        let program = Self { desktop, process, file, _folder: folder };
        wait_until(class, || program.is_in_front(class));
        program
    }

    fn is_in_front(&self, class: &str) -> bool {
        let window = self.desktop.tool("xdotool", &["search", "--onlyvisible", "--class", class]);
        let Some(window) = window.lines().last() else { return false };
        self.desktop.tool("xdotool", &["windowactivate", window]);
        let active = self.desktop.tool("xdotool", &["getactivewindow"]);
        let class_of = self.desktop.tool("xprop", &["-id", &active, "WM_CLASS"]);
        class_of.to_lowercase().contains(&class.to_lowercase())
    }

    /// Selects the whole text and copies it, and waits until it is on the clipboard.
    pub(crate) fn select_and_copy(&self, text: &str) {
        wait_until("the copy", || {
            self.desktop.press("ctrl+a");
            self.desktop.press("ctrl+c");
            clipboard::text(self.desktop) == text
        });
    }

    /// Saves the file and waits until its text is as `is_right` says. Returns it.
    pub(crate) fn save(&self, is_right: impl Fn(&str) -> bool) -> String {
        let text = || fs::read_to_string(&self.file).unwrap_or_default();
        wait_until("the text to be saved", || {
            self.desktop.press("ctrl+s");
            is_right(&text())
        });
        text()
    }

    /// Ends the line that is typed in a terminal, and returns what was typed.
    pub(crate) fn enter(&self) -> String {
        let text = || fs::read_to_string(&self.file).unwrap_or_default();
        self.desktop.press("Return");
        wait_until("the line", || text().ends_with('\n'));
        text()
    }

    /// Stops the program, so that it sees no key, or lets it go on.
    pub(crate) fn freeze(&self, is_frozen: bool) {
        let signal = if is_frozen { "-STOP" } else { "-CONT" };
        self.desktop.tool("kill", &[signal, &self.process.id().to_string()]);
    }
}

/// A home for the program alone: one that runs already would open the file in its own process.
fn home(folder: &Path) -> PathBuf {
    let home = folder.join("home");
    fs::create_dir_all(&home).expect("the folder is ours");
    home
}
