//! A Wayland compositor without a screen: sway.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::{Process, killed_with_us};
use crate::patience::wait_for;

/// The user id that sway runs as if the tests run as root: sway refuses to run as root.
const UNPRIVILEGED: u32 = 65534;

/// Starts a compositor with its socket below `folder`, and returns it with that socket once it
/// answers.
pub(crate) fn start(folder: &Path) -> (Process, PathBuf) {
    let run = folder.join("wayland");
    fs::create_dir(&run).expect("the folder is ours");
    let config = run.join("sway");
    fs::write(&config, "xwayland disable\noutput * resolution 1280x800\n")
        .expect("the folder is ours");
    let mut command = killed_with_us("sway");
    if fs::metadata(&run).is_ok_and(|run| run.uid() == 0) {
        command = as_unprivileged("sway");
        let everybody = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder, everybody).expect("the folder is ours");
        chown(&run, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).expect("root may");
    }
    command
        .arg("--config")
        .arg(&config)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_RUNTIME_DIR", &run)
        .env("WLR_BACKENDS", "headless")
        .env("WLR_RENDERER", "pixman")
        .env("WLR_LIBINPUT_NO_DEVICES", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let compositor = Process::start(command);
    (compositor, wait_for("the compositor", || socket(&run)))
}

/// A command that runs as an unprivileged user, and that the kernel kills when this process ends.
fn as_unprivileged(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    let id = UNPRIVILEGED.to_string();
    command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]);
    command.args(["--pdeathsig", "KILL", program]);
    command
}

/// The compositor's socket in `run`, once it answers.
fn socket(run: &Path) -> Option<PathBuf> {
    let mut paths = fs::read_dir(run).ok()?.flatten().map(|entry| entry.path());
    paths.find(|path| UnixStream::connect(path).is_ok() && is_display(path))
}

/// Tells the display's socket from sway's second one, for its own messages.
fn is_display(socket: &Path) -> bool {
    socket.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wayland-"))
}
